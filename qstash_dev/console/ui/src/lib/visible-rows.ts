/** Which rows of a long list are drawn. */

const SPARE_ROWS = 8;

/** From `first` to before `last`; some more than can be seen, so that a flick shows no gap. */
export function visibleRows(
  top: number,
  height: number,
  rowHeight: number,
  rows: number,
): { first: number; last: number } {
  const seen = Math.ceil(height / rowHeight);
  const first = Math.max(0, Math.min(Math.floor(top / rowHeight) - SPARE_ROWS, rows - 1));
  return { first, last: Math.min(rows, Math.floor(top / rowHeight) + seen + SPARE_ROWS) };
}
