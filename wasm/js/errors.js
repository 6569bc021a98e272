/** A refusal, with the code that is the same on every platform. */
export class AgentIdError extends Error {
  /** @param {number} code @param {string} name @param {number} status @param {string} message */
  constructor(code, name, status, message) {
    super(message);
    this.code = code;
    this.name = name;
    this.status = status;
  }
}
