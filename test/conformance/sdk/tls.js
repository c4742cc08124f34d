'use strict';
// The same over TLS, with the server's own authority and with none.

const fs = require('node:fs');
const https = require('node:https');
const { describe, it } = require('node:test');
const assert = require('node:assert/strict');
const { server, typedClient, popClient, unique, base64 } = require('./common');

const ca = fs.readFileSync(server.tlsCa, 'utf8');
const key = { accessKeyId: server.tlsKeyId, accessKeySecret: server.tlsSecret };

describe('TLS', () => {
  const trusting = [
    typedClient('ACS3', { ...key, endpoint: server.tlsAddress, protocol: 'https', ca }),
    typedClient('1.0', { ...key, endpoint: server.tlsAddress, protocol: 'https', ca, signatureAlgorithm: 'v2' }),
    popClient('pop-core', 'POST', { ...key, endpoint: `https://${server.tlsAddress}`,
      opts: { agent: new https.Agent({ ca, keepAlive: true }) } }),
  ];

  for (const client of trusting) {
    it(`${client.name} with the authority`, async () => {
      const { CommandId } = await client.call('CreateCommand', { Type: 'RunShellScript', Name: unique('tls'),
        CommandContent: base64('echo 1') });
      assert.equal((await client.call('DescribeCommands', { CommandId })).TotalCount, 1);
    });
  }

  it('without the authority nobody comes through', async () => {
    const client = popClient('', 'GET', { ...key, endpoint: `https://${server.tlsAddress}` });
    await assert.rejects(client.call('DescribeCommands'), /certificate|self-signed|self signed|issuer/i);
  });
});
