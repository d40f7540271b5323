/** The rows of a long list that are drawn, computed from the scroll position. */

const SPARE_ROWS = 8;

/** From `first` up to, not including, `last`; a few more rows than fit, so that fast scrolling shows no gap. */
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
