// Answers vectors inside workerd: the files come as JSON, what differs goes back.

import * as api from "agentid-wasm";
import { notApplicable, parse, run, same } from "../../../tests/js/vectors.mjs";

export default {
  async fetch(request) {
    const failures = [];
    let count = 0;
    for (const [file, text] of Object.entries(await request.json())) {
      for (const record of parse(text)) {
        if (notApplicable(record) !== undefined) continue;
        count += 1;
        const answer = run(api, record);
        if (!same(record.outputs, answer)) failures.push(`${file}: ${record.name}: ${JSON.stringify(answer)}`);
      }
    }
    return Response.json({ count, failures });
  },
};
