// What the tests of pages with a list and a pane share.

/** The row of one thing, by a text in it. */
export const listed = (page, text) => page.locator(".list-pane tbody tr:not(.gap)").filter({ hasText: text });

/** The pane of what is open: `Queue`. */
export const pane = (page, label) => page.getByRole("region", { name: label, exact: true });

/** Answer a question. */
export const confirm = async (page, text) => page.getByRole("dialog").getByRole("button", { name: text, exact: true }).click();

/** Type where a form that has just opened takes the focus by itself. */
export async function typeFirst(page, label, text) {
  await page.getByRole("dialog").getByLabel(label, { exact: true }).and(page.locator(":focus")).waitFor();
  await page.keyboard.type(text);
}

/** Press Escape at the very moment that a pane shows: before the page does whatever it does after showing it. */
export async function escapeAsItShows(page) {
  await page.evaluate(() => {
    const press = () => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
    const shown = new MutationObserver(() => {
      if (!document.querySelector(".detail")) return;
      shown.disconnect();
      press();
    });
    shown.observe(document.body, { childList: true, subtree: true });
  });
}

/** Wait until the keys go to the list. */
export const listHasFocus = (page) => page.locator(".virtual:focus").waitFor();

/** The news at the edge of the page. */
export const told = (page, text) => page.getByRole("status").getByText(text).waitFor();
