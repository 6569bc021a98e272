// Answers vectors inside workerd.

import * as api from "agentid-wasm";
import { printed } from "../../../tests/js/vectors.mjs";

export default {
  async fetch(request) {
    return new Response(printed(api, await request.text()));
  },
};
