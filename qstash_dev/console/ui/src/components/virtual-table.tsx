/** A table that renders only the rows in view. All rows have the same height. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { visibleRows } from "../lib/visible-rows";

export interface Column {
  id: string;
  text: string;
}

interface VirtualTableProps<Row> {
  label: string;
  columns: Column[];
  rows: Row[];
  /** In rem, so that rows grow with the font size. */
  rowHeight: number;
  /** Index of the chosen row, which is kept in view; -1 for none. */
  chosen: number;
  rowKey: (row: Row) => string;
  cells: (row: Row) => ComponentChildren;
  onOpen: (row: Row) => void;
  onTop: (atTop: boolean) => void;
  /** Called when the last rows come into view. */
  onEnd: () => void;
  /** Shown below the last row. */
  after?: ComponentChildren;
}

export function VirtualTable<Row>(props: VirtualTableProps<Row>) {
  const { rows, chosen } = props;
  const box = useRef<HTMLDivElement>(null);
  const place = useRef({ edge: 0, top: 0 });
  const [view, setView] = useState({ top: 0, height: 600, rem: rem() });
  const rowHeight = props.rowHeight * view.rem;
  const measure = (): void => {
    const element = box.current;
    if (!element) return;
    place.current.top = element.scrollTop;
    setView({ top: element.scrollTop, height: element.clientHeight, rem: rem() });
    props.onTop(element.scrollTop < rowHeight);
  };
  /** What comes or goes above the list moves its edge, but not the rows that somebody reads further down. */
  const keepPlace = (): void => {
    const edge = box.current?.offsetTop ?? 0;
    const { top, edge: former } = place.current;
    if (box.current && edge !== former && top >= rowHeight) box.current.scrollTop = top + edge - former;
    place.current.edge = edge;
    measure();
  };
  useEffect(() => {
    const observer = new ResizeObserver(keepPlace);
    if (box.current) observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  useEffect(() => keepInView(box.current, chosen, rowHeight), [chosen, rowHeight]);
  const { first, last } = visibleRows(view.top, view.height, rowHeight, rows.length);
  useEffect(() => {
    if (last >= rows.length - 1) props.onEnd();
  }, [last, rows.length]);
  return (
    <div class="virtual" ref={box} role="region" aria-label={props.label} tabIndex={0} onScroll={measure}>
      <table aria-rowcount={rows.length + 1} aria-label={props.label}>
        <thead>
          <tr aria-rowindex={1}>
            {props.columns.map(({ id, text }) => (
              <th key={id} scope="col" class={id}>
                {text}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <Gap height={first * rowHeight} />
          {rows.slice(first, last).map((row, index) => (
            <tr
              key={props.rowKey(row)}
              aria-rowindex={first + index + 2}
              aria-current={first + index === chosen ? "true" : undefined}
              style={{ height: `${rowHeight}px` }}
              onClick={(event) => {
                if (!(event.target as Element).closest("a, button, input, label")) props.onOpen(row);
              }}
            >
              {props.cells(row)}
            </tr>
          ))}
          <Gap height={(rows.length - last) * rowHeight} />
        </tbody>
      </table>
      {props.after}
    </div>
  );
}

const rem = (): number => parseFloat(getComputedStyle(document.documentElement).fontSize);

function Gap({ height }: { height: number }) {
  return height > 0 ? <tr class="gap" aria-hidden="true" style={{ height: `${height}px` }} /> : null;
}

function keepInView(box: HTMLElement | null, index: number, rowHeight: number): void {
  if (!box || index < 0) return;
  const head = box.querySelector("thead")?.clientHeight ?? 0;
  const top = index * rowHeight;
  if (top < box.scrollTop) box.scrollTop = top;
  else if (top + rowHeight + head > box.scrollTop + box.clientHeight) {
    box.scrollTop = top + rowHeight + head - box.clientHeight;
  }
}
