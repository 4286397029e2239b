import createClient, { type Middleware } from 'openapi-fetch';
import type { paths } from './schema';
import type { Problem } from './types';

// What the API refused, in its own words.
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly hint?: string,
    readonly faults: { field: string; message: string }[] = [],
    readonly requestId?: string,
  ) {
    super(message);
  }
}

const tokenKey = 'reprise.token';
let csrfToken: string | null = null;
let whenSignedOut: () => void = () => {};

// A pasted token lives as long as this tab; a session is a cookie that no script can read.
export const credentials = {
  token: () => sessionStorage.getItem(tokenKey),
  useToken(token: string | null) {
    if (token) sessionStorage.setItem(tokenKey, token);
    else sessionStorage.removeItem(tokenKey);
  },
  useCsrf(token: string | null) {
    csrfToken = token;
  },
  onSignedOut(call: () => void) {
    whenSignedOut = call;
  },
};

export function authHeaders(method = 'GET'): Record<string, string> {
  const token = credentials.token();
  if (token) return { Authorization: `Bearer ${token}` };
  return csrfToken && method !== 'GET' ? { 'X-CSRF-Token': csrfToken } : {};
}

export async function errorOf(response: Response): Promise<ApiError> {
  const problem = (await response.json().catch(() => ({}))) as Partial<Problem>;
  return new ApiError(
    response.status,
    problem.code ?? 'unknown',
    problem.detail ?? `The server answered ${response.status}.`,
    problem.hint,
    // One that is found behind the check of the body comes without a list.
    problem.errors ?? (problem.field ? [{ field: problem.field, message: [problem.detail, problem.hint].filter(Boolean).join('; ') }] : []),
    problem.request_id,
  );
}

const auth: Middleware = {
  onRequest({ request }) {
    for (const [name, value] of Object.entries(authHeaders(request.method))) request.headers.set(name, value);
  },
  async onResponse({ response, schemaPath }) {
    if (response.ok) return;
    const error = await errorOf(response.clone());
    if (response.status === 401 && !schemaPath.startsWith('/api/v1/auth/')) whenSignedOut();
    throw error;
  },
};

export const api = createClient<paths>({ baseUrl: '/' });
api.use(auth);

// The body of an answer: refusals have been thrown by then.
export async function take<T>(call: Promise<{ data?: T }>): Promise<T> {
  return (await call).data as T;
}
