/** Tabs with the requests as code: curl, Python, TypeScript and a pytest test. */

import { signal } from "@preact/signals";
import { serverUrl } from "../../api/http";
import { CodeBlock } from "../../components/code-block";
import { Tabs } from "../../components/tabs";
import { getStored, setStored } from "../../lib/storage";
import { DRAFT_SNIPPETS } from "../../publish/snippets";
import { userSetup } from "../../store/status";
import { drafts } from "./requests";

const tab = signal(getStored("builder.code") ?? "");

export function CodeTabs() {
  const snippet = DRAFT_SNIPPETS.find(({ name }) => name === tab.value) ?? DRAFT_SNIPPETS[0];
  if (!snippet) return null;
  return (
    <section class="as-code" aria-label="The same as code">
      <Tabs
        label="Language"
        tabs={DRAFT_SNIPPETS.map(({ name }) => ({ id: name, text: name }))}
        chosen={snippet.name}
        onChoose={(name) => {
          tab.value = name;
          setStored("builder.code", name);
        }}
      >
        <CodeBlock
          text={snippet.text(drafts.value, serverUrl(), userSetup.value?.token ?? "")}
          what={`the ${snippet.name}`}
          label={`The same in ${snippet.name}`}
        />
      </Tabs>
    </section>
  );
}
