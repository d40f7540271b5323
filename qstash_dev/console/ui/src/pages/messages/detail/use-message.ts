/** One message as a hook, kept current. */

import { useEffect, useRef, useState } from "preact/hooks";
import { errorMessage } from "../../../api/http";
import { getMessage } from "../../../api/messages";
import type { MessageDetail } from "../../../api/types";
import { isFinal } from "../../../components/message-state";
import { listen } from "../../../store/feed";

export interface LoadedMessage {
  detail: MessageDetail | null;
  error: string;
  /** Reads the bodies in full. */
  readWhole: () => void;
}

/** A message may change hundreds of times a second: the least time between two requests. */
const AGAIN_MS = 250;
/** The verdict on a message that has not ended tells how long something has taken, or is to take. */
const OLD_MS = 5000;
const WHOLE_BYTES = 50 * 1024 * 1024;

/** The message, read again after each change of it or a related message. */
export function useMessage(id: string): LoadedMessage {
  const [detail, setDetail] = useState<MessageDetail | null>(null);
  const [error, setError] = useState("");
  const [trim, setTrim] = useState<number | undefined>(undefined);
  const latest = useRef<MessageDetail | null>(null);
  useEffect(() => {
    const abort = new AbortController();
    let again: ReturnType<typeof setTimeout> | undefined;
    let soon = false;
    const read = async (): Promise<void> => {
      soon = false;
      try {
        latest.current = await getMessage(id, trim, abort.signal);
        setDetail(latest.current);
        setError("");
        if (!isFinal(latest.current.summary)) age();
      } catch (problem) {
        if (!abort.signal.aborted) setError(errorMessage(problem));
      }
    };
    const age = (): void => {
      if (soon) return;
      clearTimeout(again);
      again = setTimeout(() => (document.hidden ? age() : void read()), OLD_MS);
    };
    void read();
    const end = listen((news) => {
      if (news !== "gap" && !news.more && !news.messages?.some(({ messageId }) => concerns(messageId))) return;
      if (soon) return;
      soon = true;
      clearTimeout(again);
      again = setTimeout(() => void read(), AGAIN_MS);
    });
    const concerns = (messageId: string): boolean =>
      messageId === id || (latest.current?.children.some((child) => child.messageId === messageId) ?? false);
    return () => {
      abort.abort();
      clearTimeout(again);
      end();
    };
  }, [id, trim]);
  return { detail, error, readWhole: () => setTrim(WHOLE_BYTES) };
}
