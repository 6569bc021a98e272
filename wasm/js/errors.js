import * as core from "./core.js";
import { between } from "./check.js";
import { Reader } from "./record.js";

const code = between(0, 255);

/** A refusal, with the code that is the same on every platform. */
export class AgentIdError extends Error {
  // Declared fields: an assignment to an undeclared one would run an inherited setter.
  code;
  name;
  status;
  disclosable;
  signatureHeld;

  /** @internal */
  constructor(code, name, status, disclosable, signatureHeld, message) {
    super(message);
    this.code = code;
    this.name = name;
    this.status = status;
    this.disclosable = disclosable;
    this.signatureHeld = signatureHeld;
  }

  static fromCode(value) {
    const number = code("code", value);
    const described = core.describeError(number);
    if (described === undefined) {
      return new AgentIdError(number, "unknown", 500, false, false, `code ${number}, which this version does not know`);
    }
    const record = new Reader(described);
    const [status, disclosable, signatureHeld] = [record.small(), record.small() !== 0, record.small() !== 0];
    return new AgentIdError(number, record.text(), status, disclosable, signatureHeld, record.text());
  }
}
