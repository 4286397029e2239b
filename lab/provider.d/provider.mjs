// A real OpenID provider on the loopback, for tests. On stdin comes one line of JSON:
// {port, redirect_uri, client_id, client_secret, users: {login: {password, email, email_verified, name}}, key}
// `key` is a private JWK to sign with; a second line {key} makes it sign with another one from then on: the provider
// begins anew with it. It says "up" when it answers. Ends with its stdin.
import http from 'node:http';
import readline from 'node:readline';
import { Provider } from 'oidc-provider';

let settings;
let server;

function page(response, status, text) {
  response.statusCode = status;
  response.setHeader('content-type', 'text/html');
  response.end(text);
}

async function interaction(provider, request, response) {
  await provider.interactionDetails(request, response);
  if (request.method === 'GET') {
    return page(response, 200, '<form method=post><input name=login><input name=password type=password><button>Sign in</button></form>');
  }
  let body = '';
  for await (const chunk of request) body += chunk;
  const form = new URLSearchParams(body);
  const user = settings.users[form.get('login')];
  if (form.get('deny')) {
    return provider.interactionFinished(request, response, { error: 'access_denied', error_description: 'no' });
  }
  if (!user || user.password !== form.get('password')) return page(response, 401, 'wrong');
  return provider.interactionFinished(request, response, { login: { accountId: form.get('login') } }, { mergeWithLastSubmission: false });
}

function begin() {
  const issuer = `http://127.0.0.1:${settings.port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: settings.client_id,
        client_secret: settings.client_secret,
        redirect_uris: [settings.redirect_uri],
        grant_types: ['authorization_code'],
        response_types: ['code'],
        id_token_signed_response_alg: settings.key.alg,
      },
    ],
    jwks: { keys: [settings.key] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    pkce: { required: () => true },
    enabledJWA: { idTokenSigningAlgValues: ['RS256', 'ES256'] },
    features: { devInteractions: { enabled: false } },
    cookies: { keys: ['lab'] },
    interactions: { url: (_, found) => `/interaction/${found.uid}` },
    findAccount: (_, id) =>
      settings.users[id] && {
        accountId: id,
        claims: async () => ({
          sub: `id-of-${id}`,
          email: settings.users[id].email,
          email_verified: settings.users[id].email_verified,
          name: settings.users[id].name,
        }),
      },
    async loadExistingGrant(context) {
      const { client, session, provider: here } = context.oidc;
      const grant = new here.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope('openid email profile');
      await grant.save();
      return grant;
    },
  });
  provider.on('server_error', (_, error) => console.error(error));
  const answer = provider.callback();
  server = http.createServer((request, response) => {
    if (!request.url.startsWith('/interaction/')) return answer(request, response);
    interaction(provider, request, response).catch((error) => page(response, 500, String(error.stack)));
  });
  server.listen(settings.port, '127.0.0.1', () => console.log('up'));
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  const told = JSON.parse(line);
  if (server) {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
  settings = { ...settings, ...told };
  begin();
}
process.exit(0);
