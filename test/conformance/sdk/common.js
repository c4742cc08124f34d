'use strict';
// The clients of the public SDKs, each behind the same two words: `call(action, parameters)` with names as on the wire,
// which gives the answer as JSON or throws an error with `code`, `status` and `message`.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const Ecs = require('@alicloud/ecs20140526');
const { $OpenApiUtil } = require('@alicloud/openapi-core');
const { RuntimeOptions } = require('@darabonba/typescript');
const { RPCClient } = require('@alicloud/pop-core');

function need(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set; run this through test_sdk.py`);
  return value;
}

const server = {
  address: need('ASSIST_SDK_ADDRESS'),            // host:port, plain HTTP on loopback
  tlsAddress: need('ASSIST_SDK_TLS_ADDRESS'),     // host:port of the same kind of server over TLS
  tlsCa: need('ASSIST_SDK_TLS_CA'),               // PEM file
  keyId: need('ASSIST_SDK_KEY_ID'),
  secret: need('ASSIST_SDK_KEY_SECRET'),
  tlsKeyId: need('ASSIST_SDK_TLS_KEY_ID'),
  tlsSecret: need('ASSIST_SDK_TLS_KEY_SECRET'),
  online: need('ASSIST_SDK_ONLINE'),              // a machine whose agent is connected
  folder: need('ASSIST_SDK_TARGET'),              // of this machine, for files that are sent
  offline: need('ASSIST_SDK_OFFLINE'),            // a machine whose agent was never started
};
const reference = JSON.parse(fs.readFileSync(path.resolve(need('ASSIST_SDK_REFERENCE')), 'utf8'));
const byCode = (errors) => Object.fromEntries(errors.map((error) => [error.code, [error.http, error.message]]));
/** Of each operation the tree of its answer, and its errors as code → [HTTP status, message]. */
const contract = {
  operations: Object.fromEntries(Object.entries(reference.operations).map(([name, operation]) =>
    [name, { response: operation.response, errors: byCode(operation.errors) }])),
  gateway: byCode(reference.commonErrors.gateway),
};

/** What the server adds to the public answers; clients ignore it. */
const EXTENSIONS = new Set([
  'Delivery', 'Outcome', 'OutputSize', 'OutputOffset', 'ErrorDetail', 'InstanceCount', 'InstanceStatusCounts',
  'InstancesCut', 'Missed', 'NextDueTime', 'Overdue', 'MissedPolicy', 'OverlapPolicy', 'Splay', 'Occurrence', 'Kind',
  'DueTime', 'LastDueTime', 'LatenessMs', 'MissedCount', 'MissedReason', 'Deaf', 'Duplicate', 'ExpectedBackTime', 'ClockSkewMs', 'WeakSignature',
  'KnownByAddress', 'AgentUpgrade', 'Timeline', 'RerunOf', 'Order',
]);

// --- the present SDK -----------------------------------------------------------------------------------------------

/** Wire names to the SDK's own, through its models. */
function typedRequest(action, parameters) {
  const build = (Model, values) => {
    const own = Object.fromEntries(Object.entries(Model.names()).map(([name, wire]) => [wire, name]));
    const map = {};
    for (const [wire, value] of Object.entries(values)) {
      assert.ok(own[wire], `${Model.name} of the SDK has no ${wire}`);
      const Inner = Ecs[`${Model.name}${wire}`];
      const make = (item) => (Inner && item !== null && typeof item === 'object' ? build(Inner, item) : item);
      map[own[wire]] = Array.isArray(value) ? value.map(make) : make(value);
    }
    return new Model(map);
  };
  return build(Ecs[`${action}Request`], parameters);
}

function typedClient(name, settings) {
  const config = new $OpenApiUtil.Config({
    accessKeyId: server.keyId, accessKeySecret: server.secret, endpoint: server.address, protocol: 'http',
    ...settings,
  });
  const client = new Ecs.default(config);
  const runtime = new RuntimeOptions({ readTimeout: 20000, connectTimeout: 5000, autoretry: false });
  return {
    name,
    typed: true,
    async call(action, parameters = {}) {
      const method = action[0].toLowerCase() + action.slice(1) + 'WithOptions';
      let answer;
      try {
        const region = Object.values(Ecs[`${action}Request`].names()).includes('RegionId') ? { RegionId: 'cn-hangzhou' } : {};
        answer = await client[method](typedRequest(action, { ...region, ...parameters }), runtime);
      } catch (error) {
        if (error.statusCode) error.status = error.statusCode;
        throw error;
      }
      assert.equal(answer.statusCode, 200);
      const body = answer.body.toMap();
      assert.equal(answer.headers['x-acs-request-id'], body.RequestId);
      checkAnswer(action, body);
      return body;
    },
  };
}

// --- the older, untyped SDK ----------------------------------------------------------------------------------------

function popClient(name, method, settings = {}) {
  const client = new RPCClient({
    accessKeyId: server.keyId, accessKeySecret: server.secret, endpoint: `http://${server.address}`,
    apiVersion: '2014-05-26', ...settings,
  }, true);
  return {
    name,
    typed: false,
    async call(action, parameters = {}) {
      try {
        const [body, entry] = await client.request(action, { RegionId: 'cn-hangzhou', ...parameters },
          { method, timeout: 20000 });
        assert.equal(entry.response.statusCode, 200);
        assert.equal(entry.response.headers['content-type'], 'application/json;charset=utf-8');
        assert.equal(entry.response.headers['x-acs-request-id'], body.RequestId);
        checkAnswer(action, body);
        return body;
      } catch (error) {
        if (error.entry) {
          error.status = error.entry.response.statusCode;
          checkError(error.data, error.entry.response.headers);
        }
        throw error;
      }
    },
  };
}

const clients = () => [
  typedClient('ecs20140526, ACS3', {}),
  typedClient('ecs20140526, signature 1.0', { signatureAlgorithm: 'v2' }),
  popClient('pop-core GET', 'GET'),
  popClient('pop-core POST', 'POST'),
];

// --- the contract --------------------------------------------------------------------------------------------------

const REQUEST_ID = /^[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12}$/;

/** Every field of an answer is one of the reference's (or a declared extension) and has its JSON type; wrappers are there. */
function checkAnswer(action, body) {
  assert.match(body.RequestId, REQUEST_ID);
  assert.equal(body.Code, undefined, 'a field Code makes old clients take the answer for an error');
  checkTree(body, contract.operations[action].response, action);
}

function checkTree(value, shape, where) {
  assert.notEqual(value, null, `${where} is null`);
  switch (shape.type) {
    case 'object': {
      assert.ok(typeof value === 'object' && !Array.isArray(value), `${where} is no object`);
      for (const [name, inner] of Object.entries(value)) {
        if (EXTENSIONS.has(name)) continue;
        assert.ok(shape.properties[name], `${where} has an unknown field ${name}`);
        checkTree(inner, shape.properties[name], `${where}.${name}`);
      }
      for (const [name, inner] of Object.entries(shape.properties)) {
        const wrapper = inner.type === 'object' || inner.type === 'array';
        assert.ok(!wrapper || name in value, `${where} lacks ${name}, which clients read unchecked`);
      }
      break;
    }
    case 'array':
      assert.ok(Array.isArray(value), `${where} is no list`);
      value.forEach((item, index) => checkTree(item, shape.items, `${where}[${index}]`));
      break;
    case 'integer':
      assert.ok(Number.isSafeInteger(value), `${where} is no integer: ${value}`);
      break;
    default:
      assert.equal(typeof value, shape.type, `${where}: ${value}`);
  }
}

function checkError(body, headers) {
  assert.match(body.RequestId, REQUEST_ID);
  assert.equal(headers['x-acs-request-id'], body.RequestId);
  assert.equal(headers['content-type'], 'application/json;charset=utf-8');
  assert.equal(typeof body.Message, 'string');
  assert.equal(body.HostId, server.address);
}

/** The status that the reference gives to an error of an operation. */
function statusOf(operation, code) {
  const known = contract.operations[operation].errors[code] || contract.gateway[code];
  if (known) return known;
  if (/^Missing[A-Z][A-Za-z]*$/.test(code)) return [400, `${code.slice(7)} is mandatory for this action.`];
  if (/^Invalid[A-Z][A-Za-z]*$/.test(code)) return [400, `Specified parameter ${code.slice(7)} is not valid.`];
  throw new Error(`${operation} has no error ${code} in the reference`);
}

/** The call must fail with this code, and with the status and the message of the reference. */
async function refused(client, operation, parameters, code) {
  let answer;
  try {
    answer = await client.call(operation, parameters);
  } catch (error) {
    assert.equal(error.code, code, `${error.code}: ${error.message}`);
    const [status, message] = statusOf(operation, code);
    assert.equal(error.status, status);
    if (!message.includes('{')) assert.ok(error.message.includes(message), `"${error.message}" has no "${message}"`);
    return error;
  }
  throw new assert.AssertionError({ message: `${operation} succeeded, ${code} was expected: ${JSON.stringify(answer)}` });
}

const FINAL = new Set(['Success', 'Failed', 'Timeout', 'Error', 'Invalid', 'Aborted', 'Cancelled', 'Terminated']);

async function result(client, invokeId, instanceId, more = {}) {
  const answer = await client.call('DescribeInvocationResults', { InvokeId: invokeId, InstanceId: instanceId, ...more });
  const rows = answer.Invocation.InvocationResults.InvocationResult;
  assert.equal(rows.length, 1);
  return rows[0];
}

async function untilFinal(client, invokeId, instanceId, seconds = 20) {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const row = await result(client, invokeId, instanceId);
    if (FINAL.has(row.InvocationStatus)) return row;
    assert.ok(Date.now() < deadline, `${invokeId} is still ${row.InvocationStatus}`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

let number = 0;
const unique = (text) => `${text}-${process.pid}-${number += 1}`;
const base64 = (text) => Buffer.from(text).toString('base64');

module.exports = { EXTENSIONS, server, contract, clients, typedClient, popClient, checkTree, refused, result, untilFinal, unique, base64 };
