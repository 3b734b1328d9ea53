import { Button, NativeSelect } from "@mantine/core";
import { IconBolt } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import { EmptyState } from "../../ui/States";
import { useWorkstreams } from "../lists";
import { ListOf } from "../ListOf";
import { PageHead } from "../PageHead";
import { languageName } from "./languages";
import { useReplies, type QuickReply } from "./replies";

/** RepliesPage lists the quick replies that all agents share. */
export function RepliesPage() {
  const replies = useReplies();
  const workstreams = useWorkstreams().data;
  const [tag, setTag] = useState("");
  const tags = [...new Set(replies.data?.flatMap((r) => r.tags))].sort((a, b) => a.localeCompare(b));
  const shown = { ...replies, data: tag ? replies.data?.filter((r) => r.tags.includes(tag)) : replies.data };
  const add = (
    <Button component={Link} to="/setup/replies/new">
      Add a quick reply
    </Button>
  );
  return (
    <>
      <PageHead title="Quick replies" action={add} operation="listQuickReplies">
        Texts that agents insert by typing / in an answer. Agents keep replies of their own besides these.
      </PageHead>
      {tags.length > 0 && (
        <NativeSelect
          label="Tag"
          maw={320}
          my="sm"
          value={tag}
          onChange={(e) => setTag(e.currentTarget.value)}
          data={[{ value: "", label: "All tags" }, ...tags]}
        />
      )}
      <ListOf
        label="Quick replies"
        query={shown}
        textOf={(r) => `${r.title} ${r.tags.join(" ")} ${Object.values(r.texts).join(" ")}`}
        empty={
          <EmptyState icon={<IconBolt size={36} stroke={1.4} aria-hidden />} title="No quick replies yet" action={add}>
            Write what your agents answer again and again once, in the languages of your customers.
          </EmptyState>
        }
        columns={[
          {
            label: "Title",
            show: (r) => (
              <Link to="/setup/replies/$id" params={{ id: r.id }} className="name">
                {r.title}
              </Link>
            ),
          },
          { label: "Text", show: firstText },
          { label: "Languages", show: (r) => Object.keys(r.texts).map(languageName).join(", ") },
          { label: "Tags", show: (r) => r.tags.join(", ") || "None" },
          {
            label: "Offered in",
            show: (r) =>
              r.workstream_ids.length === 0
                ? "All workstreams"
                : r.workstream_ids.map((id) => workstreams?.find((w) => w.id === id)?.name ?? "…").join(", "),
          },
        ]}
      />
    </>
  );
}

function firstText(r: QuickReply): string {
  const text = r.texts["en"] ?? Object.values(r.texts)[0] ?? "";
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
