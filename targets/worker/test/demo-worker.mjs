// Answers the demo's question inside workerd.

import * as api from "agentid-wasm";
import { answer } from "../../../tests/js/answer.mjs";

export default {
  async fetch(request) {
    // The clock of a Worker stands still while it computes: what it says is no time.
    return new Response(answer(api, await request.json()).replace(/ .*$/gm, " 0.0"));
  },
};
