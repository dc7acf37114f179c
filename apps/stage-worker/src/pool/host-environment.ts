/** What libraries in a host may need of the environment. Anything else (passwords, tokens, addresses) stays outside. */
const ALLOWED = new Set([
  'CUDA_VISIBLE_DEVICES', 'DYLD_LIBRARY_PATH', 'HOME', 'LANG', 'LD_LIBRARY_PATH', 'NODE_COMPILE_CACHE', 'NODE_ENV', 'PATH', 'SystemRoot', 'TEMP', 'TMP', 'TMPDIR', 'TZ', 'UV_THREADPOOL_SIZE',
]);
const ALLOWED_PREFIXES = ['LC_', 'OMP_', 'VIPS_'];

/** The part of the environment that executors see. User code in a thread could still reach more; this keeps secrets out of careless hands. */
export function hostEnvironment(environment: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  const allowed: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && (ALLOWED.has(name) || ALLOWED_PREFIXES.some((prefix) => name.startsWith(prefix)))) allowed[name] = value;
  }
  return allowed;
}
