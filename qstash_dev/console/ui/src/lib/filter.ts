/** Filtering and sorting of the rows of a list by the query of the address. */

export interface FilterChoice<Row> {
  /** The value of `only` in the address: `only=paused`. */
  id: string;
  text: string;
  matches: (row: Row) => boolean;
}

const collator = new Intl.Collator("en", { numeric: true });

/** The rows that match the chosen filter and contain every word of the search, in upper or lower case. */
export function filterRows<Row>(
  rows: Row[],
  query: Record<string, string>,
  searched: (row: Row) => string[],
  choices: FilterChoice<Row>[] = [],
): Row[] {
  const words = (query.search ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  const choice = choices.find(({ id }) => id === query.only);
  if (words.length === 0 && !choice) return rows;
  return rows.filter((row) => {
    const text = searched(row).join("\n").toLowerCase();
    return words.every((word) => text.includes(word)) && (!choice || choice.matches(row));
  });
}

/** Sorted by name with numbers in natural order: `a2` before `a10`. */
export function sortByName<Row>(rows: Row[], name: (row: Row) => string): Row[] {
  return rows.toSorted((a, b) => collator.compare(name(a), name(b)));
}
