/** Text and bytes, where the browser wants the one for the other. */

/** The UTF-8 bytes of a text, one character each: `fetch` takes no others in a header, and sends them as they are. */
export function byteString(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join("");
}

/** Throws a SyntaxError or DOMException for what is no base64. */
export function decodedBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

export function isBase64(text: string): boolean {
  try {
    atob(text);
    return true;
  } catch {
    return false;
  }
}
