'use strict';
// The errors of every operation: code, HTTP status and message of the reference (openapi.md, chapters 11 and 12). The
// server runs with limits = "compat", so the limits are the reference's.

const { describe, it } = require('node:test');
const assert = require('node:assert/strict');
const { server, clients, typedClient, popClient, refused, base64 } = require('./common');

const script = base64('echo 1');
const create = { Type: 'RunShellScript', Name: 'x', CommandContent: script };
const named = { ...create, EnableParameter: true };
const run = { Type: 'RunShellScript', CommandContent: 'echo 1', InstanceId: [server.online] };
const file = { Name: 'x', TargetDir: '/', Content: 'x', InstanceId: [server.offline] };
const withParameters = { ...run, EnableParameter: true, CommandContent: 'echo {{a}}' };
const many = (count, make) => Array.from({ length: count }, (_, index) => make(index));
const object = (count) => JSON.stringify(Object.fromEntries(many(count, (index) => [`k${index}`, 'v'])));

// [operation, parameters, code, only untyped clients?] Some wrong values cannot be said through the typed models.
const cases = [
  ['CreateCommand', { Name: 'x', CommandContent: script }, 'MissingType'],
  ['CreateCommand', { Type: 'RunShellScript', Name: 'x' }, 'MissingCommandContent'],
  ['CreateCommand', { ...create, Type: 'RunPerlScript' }, 'InvalidCmdType.NotFound'],
  ['CreateCommand', { ...create, CommandContent: '###' }, 'CmdContent.DecodeError'],
  ['CreateCommand', { ...create, CommandContent: 'QUFB'.repeat(6144) + 'QUFB' }, 'CmdContent.ExceedLimit'],
  ['CreateCommand', { ...create, Name: 'n'.repeat(129) }, 'CmdName.ExceedLimit'],
  ['CreateCommand', { ...create, Description: '描'.repeat(513) }, 'CmdDesc.ExceedLimit'],
  ['CreateCommand', { ...create, WorkingDir: `/${'d'.repeat(200)}` }, 'InvalidParameter.WorkingDir'],
  ['CreateCommand', { ...create, Launcher: 'l'.repeat(1025) }, 'InvalidLauncher.LengthLimitExceeded'],
  ['CreateCommand', { ...create, Timeout: 86401 }, 'InvalidTimeout.ExceedLimit'],
  ['CreateCommand', { ...create, Timeout: 0 }, 'InvalidTimeout'],
  ['CreateCommand', { ...create, Timeout: 'soon' }, 'InvalidTimeout', true],
  ['CreateCommand', { ...named, CommandContent: base64('{{}}') }, 'CmdParam.EmptyKey'],
  ['CreateCommand', { ...named, CommandContent: base64('{{a.b}}') }, 'CmdParam.InvalidParamName'],
  ['CreateCommand', { ...named, CommandContent: base64(`{{${'p'.repeat(65)}}}`) }, 'CmdParamName.ExceedLimit'],
  ['CreateCommand', { ...named, CommandContent: base64(many(21, (i) => `{{p${i}}}`).join(' ')) },
    'CmdParamCount.ExceedLimit'],
  ['CreateCommand', { ...create, Tag: many(21, (i) => ({ Key: `k${i}`, Value: 'v' })) }, 'NumberExceed.Tags'],
  ['CreateCommand', { ...create, Tag: [{ Value: 'v' }] }, 'MissingParameter.TagKey'],
  ['CreateCommand', { ...create, Tag: [{ Key: 'k', Value: '1' }, { Key: 'k', Value: '2' }] }, 'Duplicate.TagKey'],
  ['CreateCommand', { ...create, Tag: [{ Key: 'aliyun-x', Value: 'v' }] }, 'InvalidTagKey.Malformed'],
  ['CreateCommand', { ...create, Tag: [{ Key: 'acs:x', Value: 'v' }] }, 'InvalidTagKey.Malformed'],
  ['CreateCommand', { ...create, Tag: [{ Key: 'k'.repeat(65), Value: 'v' }] }, 'InvalidTagKey.Malformed'],
  ['CreateCommand', { ...create, Tag: [{ Key: 'k', Value: 'see http://x' }] }, 'InvalidTagValue.Malformed'],
  ['CreateCommand', { ...create, ClientToken: 't'.repeat(65) }, 'InvalidClientToken.Malformed'],
  ['CreateCommand', { ...create, ClientToken: 'ключ' }, 'InvalidClientToken.Malformed'],

  ['DeleteCommand', {}, 'MissingCommandId'],
  ['DeleteCommand', { CommandId: `c-${'0'.repeat(32)}` }, 'InvalidCmdId.NotFound'],

  ['DescribeCommands', { PageNumber: 0 }, 'InvalidParam.PageNumber'],
  ['DescribeCommands', { PageSize: 51 }, 'InvalidParam.PageSize'],
  ['DescribeCommands', { MaxResults: 0 }, 'InvalidParameter.MaxResults'],
  ['DescribeCommands', { MaxResults: 51 }, 'InvalidParameter.MaxResults'],
  ['DescribeCommands', { NextToken: 'no token of ours' }, 'InvalidParameter.NextToken'],
  ['DescribeCommands', { Type: 'RunPerlScript' }, 'InvalidCommandType.NotFound'],
  ['DescribeCommands', { Name: 'n'.repeat(129) }, 'InvalidName.LengthLimitExceeded'],
  ['DescribeCommands', { Description: 'd'.repeat(513) }, 'InvalidDescription.LengthLimitExceeded'],

  ['RunCommand', { CommandContent: 'echo 1', InstanceId: [server.online] }, 'MissingType'],
  ['RunCommand', { Type: 'RunShellScript', InstanceId: [server.online] }, 'MissingCommandContent'],
  ['RunCommand', { ...run, Type: 'RunPerlScript' }, 'InvalidCmdType.NotFound'],
  ['RunCommand', { Type: 'RunShellScript', CommandContent: 'echo 1' }, 'MissingParam.InstanceId'],
  ['RunCommand', { ...run, InstanceId: ['mi-unknown'] }, 'InvalidInstance.NotFound'],
  ['RunCommand', { ...run, InstanceId: [server.online, 'i-unknown'] }, 'InvalidInstance.NotFound'],
  ['RunCommand', { ...run, InstanceId: many(101, (i) => `mi-${i}`) }, 'InstanceIds.ExceedLimit'],
  ['RunCommand', { ...run, ContentEncoding: 'Base64', CommandContent: '###' }, 'CmdContent.DecodeError'],
  ['RunCommand', { ...run, CommandContent: 'x'.repeat(24577) }, 'CmdContent.ExceedLimit'],
  ['RunCommand', { ...run, ContainerId: 'nonsense' }, 'InvalidContainerId.Malformed'],
  ['RunCommand', { ...run, Parameters: '{"a":"1"}' }, 'Parameter.Disabled', true],
  ['RunCommand', { ...withParameters, Parameters: '["a"]' }, 'InvalidParameter.Parameters', true],
  ['RunCommand', { ...withParameters, Parameters: 'no json' }, 'InvalidParameter.Parameters', true],
  ['RunCommand', { ...withParameters, Parameters: '{"":"1"}' }, 'InvalidParameter.Parameters', true],
  ['RunCommand', { ...withParameters, Parameters: object(11) }, 'ParameterCount.ExceedLimit', true],
  ['RunCommand', { ...withParameters, Parameters: JSON.stringify({ ['k'.repeat(65)]: 'v' }) },
    'ParameterKey.ExceedLimit', true],
  ['RunCommand', { ...withParameters, Parameters: '{"a":"1","A":"2"}' }, 'ParameterKey.Duplicate', true],
  ['RunCommand', { ...withParameters, Parameters: '{"b":"1"}' }, 'Parameter.NotMatched', true],
  ['RunCommand', { ...withParameters, Parameters: '{"a":["1"]}' }, 'ParameterType.NotSupported', true],
  ['RunCommand', { ...run, Username: 'u'.repeat(256) }, 'Username.ExceedLimit'],
  ['RunCommand', { ...run, RepeatMode: 'Sometimes' }, 'InvalidRepeatMode.NotFound'],
  ['RunCommand', { ...run, RepeatMode: 'Period' }, 'MissingParam.Frequency'],
  ['RunCommand', { ...run, Frequency: 'whenever' }, 'InvalidParam.Frequency'],
  ['RunCommand', { ...run, Frequency: '0 0 25 * * *' }, 'InvalidParam.Frequency'],
  ['RunCommand', { ...run, Frequency: 'rate(59s)' }, 'InvalidParam.Frequency'],
  ['RunCommand', { ...run, Frequency: 'rate(8d)' }, 'InvalidParam.Frequency'],
  ['RunCommand', { ...run, Frequency: 'rate(60s)', Timeout: 60 }, 'InvalidParam.Frequency'],
  ['RunCommand', { ...run, Frequency: '*/5 * * * * *', Timeout: 10 }, 'InvalidParam.Frequency'],
  ['RunCommand', { ...run, Frequency: 'at(2019-01-01 00:00:00)' }, 'InvalidParam.Frequency'],
  ['RunCommand', { ...run, Timed: true }, 'MissingParam.Frequency'],
  ['RunCommand', { ...run, TerminationMode: 'Politely' }, 'InvalidTerminationMode.NotFound'],
  ['RunCommand', { ...run, ResourceTag: [{ Key: 'where', Value: 'online' }] },
    'InvalidResourceTag.ConflictWithInstanceIds'],
  ['RunCommand', { Type: 'RunShellScript', CommandContent: 'echo 1', ResourceTag: [{ Key: 'nobody', Value: 'has' }] },
    'InvalidResourceTag.InstanceNotFound'],
  ['RunCommand', { Type: 'RunShellScript', CommandContent: 'echo 1', ResourceTag: [{ Value: 'v' }] },
    'MissingParameter.ResourceTagKey'],
  ['RunCommand', { Type: 'RunShellScript', CommandContent: 'echo 1',
    ResourceTag: [{ Key: 'k', Value: '1' }, { Key: 'k', Value: '2' }] }, 'Duplicate.ResourceTagKey'],
  ['RunCommand', { ...run, Tag: [{ Key: 'k', Value: '1' }, { Key: 'k', Value: '2' }] }, 'Duplicate.TagKey'],

  ['InvokeCommand', { InstanceId: [server.online] }, 'MissingCommandId'],
  ['InvokeCommand', { CommandId: `c-${'0'.repeat(32)}`, InstanceId: [server.online] }, 'InvalidCmdId.NotFound'],

  ['InvokeCommand', { CommandId: `c-${'0'.repeat(32)}`, InstanceId: [server.online], RepeatMode: 'Sometimes' },
    'InvalidRepeatMode.NotFound'],
  ['InvokeCommand', { CommandId: `c-${'0'.repeat(32)}`, InstanceId: [server.online], RepeatMode: 'Period' },
    'MissingParam.Frequency'],

  ['StopInvocation', {}, 'MissingInvokeId'],
  ['StopInvocation', { InvokeId: `t-${'0'.repeat(32)}` }, 'InvalidInvokeId.NotFound'],
  ['StopInvocation', { InvokeId: `t-${'0'.repeat(32)}`, InstanceId: many(51, (i) => `mi-${i}`) },
    'InstanceIds.ExceedLimit'],

  ['DescribeInvocations', { PageSize: 0 }, 'InvalidParam.PageSize'],
  ['DescribeInvocations', { MaxResults: 51 }, 'InvalidParameter.MaxResults'],
  ['DescribeInvocations', { NextToken: '!' }, 'InvalidParameter.NextToken'],
  ['DescribeInvocationResults', { PageNumber: -1 }, 'InvalidParam.PageNumber'],
  ['DescribeInvocationResults', { NextToken: '!' }, 'InvalidParameter.NextToken'],

  ['SendFile', { Name: 'x', TargetDir: '/', Content: 'x' }, 'MissingParam.InstanceId'],
  ['SendFile', { ...file, InstanceId: ['mi-unknown'] }, 'InvalidInstance.NotFound'],
  ['SendFile', { ...file, InstanceId: many(51, (i) => `mi-${i}`) }, 'InstanceIds.ExceedLimit'],
  ['SendFile', { TargetDir: '/', Content: 'x', InstanceId: [server.offline] }, 'MissingName'],
  ['SendFile', { ...file, Name: 'n'.repeat(256) }, 'FileName.ExceedLimit'],
  ['SendFile', { Name: 'x', Content: 'x', InstanceId: [server.offline] }, 'MissingTargetDir'],
  ['SendFile', { ...file, TargetDir: 'not/absolute' }, 'FileTargetDir.Invalid'],
  ['SendFile', { ...file, TargetDir: `/${'d'.repeat(255)}` }, 'FileTargetDir.Invalid'],
  ['SendFile', { Name: 'x', TargetDir: '/', InstanceId: [server.offline] }, 'MissingContent'],
  ['SendFile', { ...file, ContentType: 'Base64', Content: '###' }, 'FileContent.DecodeError'],
  ['SendFile', { ...file, ContentType: 'Hex' }, 'FileContentType.Invalid'],
  ['SendFile', { ...file, Content: 'x'.repeat(24577) }, 'FileSize.ExceedLimit'],
  ['SendFile', { ...file, ContentType: 'Base64', Content: 'QUFB'.repeat(8193) }, 'FileSize.ExceedLimit'],
  ['SendFile', { ...file, Description: '描'.repeat(513) }, 'FileDesc.ExceedLimit'],
  ['SendFile', { ...file, FileMode: '0999' }, 'FileMode.Invalid'],
  ['SendFile', { ...file, FileOwner: 'o'.repeat(65) }, 'InvalidParameter.FileOwner'],
  ['SendFile', { ...file, FileGroup: 'a:b' }, 'InvalidParameter.FileGroup'],
  ['SendFile', { ...file, Timeout: 86401 }, 'InvalidTimeout.ExceedLimit'],
  ['SendFile', { ...file, Timeout: 0 }, 'InvalidTimeout'],
  ['SendFile', { ...file, Tag: [{ Key: 'k', Value: '1' }, { Key: 'k', Value: '2' }] }, 'Duplicate.TagKey'],
  ['SendFile', { ...file, ClientToken: 'ключ' }, 'InvalidClientToken.Malformed'],
  ['DescribeSendFileResults', { PageSize: 51 }, 'InvalidParam.PageSize'],
  ['DescribeSendFileResults', { MaxResults: 51 }, 'InvalidParameter.MaxResults'],
  ['DescribeSendFileResults', { NextToken: '!' }, 'InvalidParameter.NextToken'],

  ['DescribeCloudAssistantStatus', { InstanceId: ['mi-unknown'] }, 'InvalidInstance.NotFound'],
  ['DescribeCloudAssistantStatus', { InstanceId: many(101, (i) => `mi-${i}`) }, 'InstanceIds.ExceedLimit'],

  ['CreateActivation', { InstanceName: 'n'.repeat(51) }, 'InstanceName.ExceedLimit'],
  ['CreateActivation', { InstanceName: '1st' }, 'InstanceName.InvalidPattern'],
  ['CreateActivation', { Description: 'd'.repeat(101) }, 'ActivationDesc.ExceedLimit'],
  ['CreateActivation', { InstanceCount: 1001 }, 'ActivationLimitation.Invalid'],
  ['CreateActivation', { IpAddressRange: '10.0.0.0/99' }, 'AddressRange.InvalidPattern'],
  ['CreateActivation', { TimeToLiveInHours: 5 }, 'ActivationTTL.ExceedLimit'],

  ['DescribeActivations', { PageSize: 51 }, 'InvalidParam.PageSize'],
  ['DescribeManagedInstances', { PageNumber: 0 }, 'InvalidParam.PageNumber'],
];

for (const client of clients()) {
  describe(`errors: ${client.name}`, () => {
    for (const [operation, parameters, code, untypedOnly] of cases) {
      if (untypedOnly && client.typed) continue;
      const what = JSON.stringify(parameters);
      it(`${operation} ${what.length > 90 ? `${what.slice(0, 90)}…` : what}: ${code}`, async () => {
        const { RegionId, ...rest } = parameters;
        await refused(client, operation, rest, code);
      });
    }
  });
}

describe('errors before the operation', () => {
  it('an unknown key', async () => {
    for (const client of [typedClient('', { accessKeyId: 'nobody' }),
      typedClient('', { accessKeyId: 'nobody', signatureAlgorithm: 'v2' }),
      popClient('', 'GET', { accessKeyId: 'nobody' })]) {
      await refused(client, 'DescribeCommands', {}, 'InvalidAccessKeyId.NotFound');
    }
  });

  it('a wrong secret', async () => {
    for (const client of [typedClient('', { accessKeySecret: 'wrong' }),
      typedClient('', { accessKeySecret: 'wrong', signatureAlgorithm: 'v2' }),
      popClient('', 'GET', { accessKeySecret: 'wrong' }), popClient('', 'POST', { accessKeySecret: 'wrong' })]) {
      let error;
      try {
        await client.call('DescribeCommands');
      } catch (caught) {
        error = caught;
      }
      assert.equal(error.code, 'SignatureDoesNotMatch');
      assert.equal(error.status, 400);
      assert.ok(error.message.includes('Specified signature is not matched with our calculation. server string to sign is:'),
        error.message);
    }
  });

  it('an unknown operation, a wrong version, no region', async () => {
    const client = popClient('', 'POST');
    for (const [operation, parameters, code, status] of [
      ['NoSuchThing', {}, 'InvalidAction.NotFound', 404],
      ['DescribeCommands', { Version: '2011-01-01' }, 'InvalidVersion', 400],
      ['DescribeCommands', { RegionId: '' }, 'MissingRegionId', 400],
      ['DescribeCommands', { Timestamp: 'noon' }, 'InvalidTimeStamp.Format', 400],
      ['DescribeCommands', { Timestamp: '2015-01-01T00:00:00Z' }, 'InvalidTimeStamp.Expired', 400],
      ['DescribeCommands', { SignatureMethod: 'HMAC-MD5' }, 'InvalidSignatureMethod', 400]]) {
      let error;
      try {
        await client.call(operation, parameters);
      } catch (caught) {
        error = caught;
      }
      assert.ok(error, `${operation} ${JSON.stringify(parameters)} succeeded`);
      assert.deepEqual([error.code, error.status], [code, status]);
    }
  });
});
