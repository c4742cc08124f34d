'use strict';
// Answers as XML, which old clients get when they ask for nothing else: the same content as JSON, in the reference's form.

const crypto = require('node:crypto');
const http = require('node:http');
const { describe, it } = require('node:test');
const assert = require('node:assert/strict');
const { Parser } = require('xml2js');
const { server, contract, popClient, base64, unique, untilFinal } = require('./common');

const encode = (text) => encodeURIComponent(text)
  .replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);

/** A GET of signature 1.0 with these parameters and no others than the common ones. */
function get(parameters) {
  const every = {
    AccessKeyId: server.keyId, SignatureMethod: 'HMAC-SHA1', SignatureVersion: '1.0', Version: '2014-05-26',
    SignatureNonce: crypto.randomUUID(), Timestamp: `${new Date().toISOString().slice(0, 19)}Z`, ...parameters,
  };
  const line = Object.keys(every).sort().map((name) => `${encode(name)}=${encode(every[name])}`).join('&');
  const signature = crypto.createHmac('sha1', `${server.secret}&`).update(`GET&%2F&${encode(line)}`).digest('base64');
  return new Promise((resolve, reject) => {
    http.get(`http://${server.address}/?${line}&Signature=${encode(signature)}`, (answer) => {
      const pieces = [];
      answer.on('data', (piece) => pieces.push(piece));
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers,
        text: Buffer.concat(pieces).toString() }));
    }).on('error', reject);
  });
}

/** Makes of the parsed XML what JSON would have, by the shape that the reference gives. */
function shaped(node, shape) {
  if (shape.type === 'object') {
    const value = {};
    for (const [name, inner] of Object.entries(shape.properties)) {
      const found = node && typeof node === 'object' ? node[name] : undefined;
      if (inner.type === 'array') value[name] = (found || []).map((item) => shaped(item, inner.items));
      else if (found !== undefined) value[name] = shaped(found[0], inner);
      else if (inner.type === 'object') value[name] = shaped({}, inner);
    }
    return value;
  }
  const text = typeof node === 'object' ? node._ || '' : node;
  if (shape.type === 'integer') return Number(text);
  if (shape.type === 'boolean') return text === 'true';
  return text;
}

const known = (value, shape) => {
  if (shape.type === 'array') return value.map((item) => known(item, shape.items));
  if (shape.type !== 'object') return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => shape.properties[name])
    .map(([name, inner]) => [name, known(inner, shape.properties[name])]));
};

describe('XML', () => {
  const json = popClient('', 'GET');

  async function same(operation, parameters) {
    const [xml, answer] = [await get({ Action: operation, RegionId: 'cn-hangzhou', ...parameters }),
      await json.call(operation, parameters)];
    assert.equal(xml.status, 200);
    assert.equal(xml.headers['content-type'], 'text/xml;charset=utf-8');
    assert.ok(xml.text.startsWith("<?xml version='1.0' encoding='UTF-8'?>"), xml.text.slice(0, 60));
    const tree = await new Parser({ explicitRoot: true }).parseStringPromise(xml.text);
    assert.deepEqual(Object.keys(tree), [`${operation}Response`]);
    const shape = contract.operations[operation].response;
    const got = shaped(tree[`${operation}Response`], shape);
    assert.equal(xml.headers['x-acs-request-id'], got.RequestId);
    const wanted = known(answer, shape);
    delete got.RequestId;
    delete wanted.RequestId;
    assert.deepEqual(got, wanted);
  }

  it('lists are the same as in JSON', async () => {
    const name = unique('xml <&> "quotes" 中文');
    const tags = { 'Tag.1.Key': 'k1', 'Tag.1.Value': '<v>', 'Tag.2.Key': 'k2', 'Tag.2.Value': '' };
    const { CommandId } = await json.call('CreateCommand', { Type: 'RunShellScript', Name: name,
      CommandContent: base64('echo "{{a}} {{b}}"; printf "\\001\\377"'), EnableParameter: true, ...tags });
    const { InvokeId } = await json.call('InvokeCommand', { CommandId, 'InstanceId.1': server.online,
      Parameters: '{"a":"<1>"}' });
    await untilFinal(json, InvokeId, server.online);
    await same('DescribeCommands', { CommandId });
    await same('DescribeCommands', { CommandId: 'c-none' });
    await same('DescribeCommands', { CommandId, ContentEncoding: 'PlainText' });
    await same('DescribeInvocations', { InvokeId });
    await same('DescribeInvocationResults', { InvokeId });
    await same('DescribeActivations', {});
    await same('DescribeManagedInstances', { 'InstanceId.1': server.offline });
    await same('DescribeCloudAssistantStatus', { 'InstanceId.1': server.offline });
  });

  it('bytes that XML cannot hold do not spoil the answer', async () => {
    const { InvokeId } = await json.call('RunCommand', { Type: 'RunShellScript',
      CommandContent: 'printf "a\\001\\033[0m\\377b"', 'InstanceId.1': server.online });
    await untilFinal(json, InvokeId, server.online);
    const answer = await get({ Action: 'DescribeInvocationResults', RegionId: 'cn-hangzhou', InvokeId,
      ContentEncoding: 'PlainText' });
    const tree = await new Parser({ strict: true }).parseStringPromise(answer.text);
    const [output] = tree.DescribeInvocationResultsResponse.Invocation[0].InvocationResults[0].InvocationResult[0].Output;
    assert.match(output, /^a.*b$/su);
    // eslint-disable-next-line no-control-regex
    assert.doesNotMatch(answer.text, /[\u0000-\u0008\u000b\u000c\u000e-\u001f]|&#0*1;|&#x0*1;/i);
  });

  it('errors are XML too', async () => {
    for (const more of [{}, { Format: 'XML' }, { Format: 'xml' }]) {
      const answer = await get({ Action: 'DeleteCommand', RegionId: 'cn-hangzhou', CommandId: 'c-none', ...more });
      assert.equal(answer.status, 404);
      assert.equal(answer.headers['content-type'], 'text/xml;charset=utf-8');
      const { Error: error } = await new Parser({ explicitArray: false }).parseStringPromise(answer.text);
      assert.equal(error.Code, 'InvalidCmdId.NotFound');
      assert.equal(error.Message, 'The specified command ID does not exist.');
      assert.equal(error.HostId, server.address);
      assert.equal(error.RequestId, answer.headers['x-acs-request-id']);
    }
  });

  it('JSON in any case, and nothing else', async () => {
    for (const format of ['JSON', 'json', 'Json']) {
      const answer = await get({ Action: 'DescribeCommands', RegionId: 'cn-hangzhou', Format: format });
      assert.equal(JSON.parse(answer.text).PageNumber, 1);
    }
    const answer = await get({ Action: 'DescribeCommands', RegionId: 'cn-hangzhou', Format: 'YAML' });
    assert.equal(answer.status, 400);
    assert.ok(answer.text.includes('InvalidParameter.Format'), answer.text);
  });
});
