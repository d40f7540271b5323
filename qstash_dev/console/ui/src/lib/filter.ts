/** Which rows of a list are wanted, as it stands in the address, and in which order. */

export interface FilterChoice<Row> {
  /** As in the query: `only=paused`. */
  id: string;
  text: string;
  matches: (row: Row) => boolean;
}

const collator = new Intl.Collator("en", { numeric: true });

/** The rows in which each word of the search is found, in upper or lower case, and that fit the choice. */
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

/** In the order in which people look for names: `a2` before `a10`. */
export function sortByName<Row>(rows: Row[], name: (row: Row) => string): Row[] {
  return rows.toSorted((a, b) => collator.compare(name(a), name(b)));
}
