/** The list of messages as a hook, kept current. */

import { useEffect, useMemo } from "preact/hooks";
import { listMessages } from "../../api/messages";
import { route, user } from "../../router";
import { listen } from "../../store/feed";
import { MessageWindow } from "../../store/message-window";
import { isFiltered, listKey, messageQuery } from "./filters";

/** The messages that match the address, kept current while they are shown. */
export function useMessageWindow(): MessageWindow {
  const { query } = route.value;
  const key = listKey(user.value, query);
  const list = useMemo(() => {
    const wanted = messageQuery(user.value, query);
    return new MessageWindow(
      (cursor, count, signal) => listMessages({ ...wanted, count, ...(cursor !== undefined && { cursor }) }, signal),
      { filtered: isFiltered(query), ...(query.from && { from: query.from }) },
    );
  }, [key]);
  useEffect(() => {
    void list.refresh();
    const end = listen((news) => list.apply(news));
    return () => {
      end();
      list.close();
    };
  }, [list]);
  return list;
}
