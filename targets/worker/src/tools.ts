// The tools of the example server. Each stands behind one scope.

import { z } from "zod";

export interface Tool {
  readonly name: string;
  readonly scope: string;
  readonly description: string;
  readonly input: Record<string, z.ZodType>;
  run(input: Record<string, unknown>): string;
}

export const TOOLS: readonly Tool[] = [
  {
    name: "search-arxiv",
    scope: "tools:arxiv:search",
    description: "Searches titles of papers",
    input: { query: z.string().max(200) },
    run: ({ query }) => `no papers about ${query}: this is an example`,
  },
  {
    name: "read-note",
    scope: "tools:notes:read",
    description: "Reads a note",
    input: { title: z.string().max(200) },
    run: ({ title }) => `the note "${title}" is empty: this is an example`,
  },
  {
    name: "write-note",
    scope: "tools:notes:write",
    description: "Writes a note",
    input: { title: z.string().max(200), text: z.string().max(2000) },
    run: ({ title }) => `the note "${title}" was not kept: this is an example`,
  },
];
