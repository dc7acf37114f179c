export { createIngress } from './ingress.ts';
export { ingressConfig } from './ingress.config.ts';
export type { IngressConfig } from './ingress.config.ts';
export type { IngressParts } from './ingress.module.ts';
export type { Ingress } from './ingress.ts';
export { createAdmin } from './admin/index.ts';
