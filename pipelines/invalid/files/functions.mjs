export const f = (inputs) => inputs;
