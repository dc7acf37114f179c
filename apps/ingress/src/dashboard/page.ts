import { createHash } from 'node:crypto';

/** A page of the dashboard, ready to send. */
export interface Page {
  readonly html: Buffer;
  /** Lets exactly the page's own script run, and nothing be loaded from or sent to anywhere but this server. */
  readonly contentSecurityPolicy: string;
}

/** Reads a self-contained page: its one inline script is allowed by its hash. */
export function preparePage(html: Buffer): Page {
  const script = /<script>([^]*?)<\/script>/.exec(html.toString())?.[1] ?? '';
  const hash = createHash('sha256').update(script).digest('base64');
  const policy = `default-src 'none'; connect-src 'self'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
  return { html, contentSecurityPolicy: policy };
}
