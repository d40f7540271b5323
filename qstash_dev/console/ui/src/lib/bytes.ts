/** Conversions between text, bytes and base64. */

/** The UTF-8 bytes of a text, one character for each byte: `fetch` accepts only such characters in headers. */
export function byteString(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join("");
}

/** Throws a DOMException if the text is not base64. */
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
