'use strict';
// Every operation through every client, and what it answers.

const { describe, it } = require('node:test');
const assert = require('node:assert/strict');
const { server, clients, result, untilFinal, unique, base64, refused } = require('./common');

for (const client of clients()) {
  describe(`operations: ${client.name}`, () => {
    const create = (more = {}) => client.call('CreateCommand', {
      Type: 'RunShellScript', Name: unique('test'), CommandContent: base64('echo 123'), ...more,
    });
    const commands = async (parameters) => (await client.call('DescribeCommands', parameters)).Commands.Command;

    it('CreateCommand keeps every parameter, DescribeCommands shows it', async () => {
      const name = unique('all 中文 a+b&c=d/?');
      const { CommandId } = await create({
        Name: name, Description: 'what *it* is for', Timeout: 300, WorkingDir: '/tmp', EnableParameter: true,
        CommandContent: base64('echo {{one}} {{ two }} {{one}} {{ACS::InstanceId}}'),
        Tag: [{ Key: 'team', Value: 'ops' }, { Key: 'empty', Value: '' }],
      });
      assert.match(CommandId, /^c-[0-9a-f]{32}$/);
      const [command, ...others] = await commands({ CommandId });
      assert.equal(others.length, 0);
      assert.equal(command.CommandId, CommandId);
      assert.equal(command.Name, name);
      assert.equal(command.Description, 'what *it* is for');
      assert.equal(command.Type, 'RunShellScript');
      assert.equal(command.Timeout, 300);
      assert.equal(command.WorkingDir, '/tmp');
      assert.equal(command.EnableParameter, true);
      assert.deepEqual(command.ParameterNames.ParameterName, ['one', 'two']);
      assert.equal(command.CommandContent, base64('echo {{one}} {{ two }} {{one}} {{ACS::InstanceId}}'));
      assert.deepEqual(command.Tags.Tag.map((tag) => [tag.TagKey, tag.TagValue]).sort(), [['empty', ''], ['team', 'ops']]);
      assert.match(command.CreationTime, /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?Z$/);
      const [plain] = await commands({ CommandId, ContentEncoding: 'PlainText' });
      assert.equal(plain.CommandContent, 'echo {{one}} {{ two }} {{one}} {{ACS::InstanceId}}');
    });

    it('CreateCommand with plain text, and defaults', async () => {
      const { CommandId } = await create({ CommandContent: 'echo plain; 中文\n', ContentEncoding: 'PlainText' });
      const [command] = await commands({ CommandId });
      assert.equal(command.CommandContent, base64('echo plain; 中文\n'));
      assert.equal(command.Timeout, 60);
      assert.equal(command.EnableParameter, false);
      assert.equal(command.Description, '');
      assert.deepEqual(command.Tags.Tag, []);
      assert.deepEqual(command.ParameterNames.ParameterName, []);
    });

    it('CreateCommand with the same ClientToken does nothing twice', async () => {
      const token = unique('token');
      const parameters = { Name: unique('once'), ClientToken: token };
      const first = await create(parameters);
      const second = await create(parameters);
      assert.equal(second.CommandId, first.CommandId);
      assert.notEqual(second.RequestId, first.RequestId);
      assert.equal((await commands({ Name: parameters.Name })).length, 1);
      await refused(client, 'CreateCommand', { Type: 'RunShellScript', Name: 'other', CommandContent: 'ZWNobw==',
        ClientToken: token }, 'IdempotentParameterMismatch');
    });

    it('DescribeCommands filters by name, description, type and tag', async () => {
      const prefix = unique('filter');
      const tag = unique('key');
      await create({ Name: `${prefix}-a`, Description: `${prefix} one`, Tag: [{ Key: tag, Value: 'x' }] });
      await create({ Name: `${prefix}-b`, Type: 'RunBatScript', Tag: [{ Key: tag, Value: 'y' }] });
      const names = async (parameters) => (await commands(parameters)).map((command) => command.Name);
      assert.deepEqual(await names({ Name: `${prefix}-a` }), [`${prefix}-a`]);
      assert.deepEqual(await names({ Name: `${prefix}*` }), [`${prefix}-b`, `${prefix}-a`]);  // newest first
      assert.deepEqual(await names({ Name: `*${prefix.slice(3)}-b` }), [`${prefix}-b`]);
      assert.deepEqual(await names({ Name: prefix }), []);
      assert.deepEqual(await names({ Description: `${prefix} one` }), [`${prefix}-a`]);
      assert.deepEqual(await names({ Name: `${prefix}*`, Type: 'RunBatScript' }), [`${prefix}-b`]);
      assert.deepEqual(await names({ Tag: [{ Key: tag, Value: 'x' }] }), [`${prefix}-a`]);
      assert.deepEqual(await names({ Tag: [{ Key: tag }] }), [`${prefix}-b`, `${prefix}-a`]);
      assert.deepEqual(await names({ CommandId: 'c-unknown' }), []);
    });

    it('DescribeCommands pages both ways', async () => {
      const prefix = unique('page');
      const made = [];
      for (let i = 0; i < 7; i += 1) made.unshift((await create({ Name: `${prefix}-${i}` })).CommandId);
      const ids = (answer) => answer.Commands.Command.map((command) => command.CommandId);

      const second = await client.call('DescribeCommands', { Name: `${prefix}*`, PageNumber: 2, PageSize: 3 });
      assert.deepEqual(ids(second), made.slice(3, 6));
      assert.deepEqual([second.PageNumber, second.PageSize, second.TotalCount, second.NextToken], [2, 3, 7, '']);
      const beyond = await client.call('DescribeCommands', { Name: `${prefix}*`, PageNumber: 9, PageSize: 3 });
      assert.deepEqual(ids(beyond), []);

      let token;
      const seen = [];
      for (let page = 0; page < 4; page += 1) {
        const answer = await client.call('DescribeCommands', { Name: `${prefix}*`, MaxResults: 3,
          ...(token ? { NextToken: token } : {}) });
        seen.push(...ids(answer));
        token = answer.NextToken;
        if (page === 0) await create({ Name: `${prefix}-late` });  // what is new does not shift the pages
        if (!token) break;
      }
      assert.deepEqual(seen, made);
      assert.equal(token, '');
    });

    it('InvokeCommand runs it; the Describe operations tell', async () => {
      const name = unique('invoked');
      const { CommandId } = await create({ Name: name, Description: 'd', Timeout: 77, WorkingDir: '/tmp',
        CommandContent: base64('echo 123; pwd >&2; exit 3') });
      const { InvokeId } = await client.call('InvokeCommand', { CommandId, InstanceId: [server.online], Timed: false });
      assert.match(InvokeId, /^t-[0-9a-f]{32}$/);
      const row = await untilFinal(client, InvokeId, server.online);
      assert.equal(row.InvocationStatus, 'Failed');
      assert.equal(row.InvokeRecordStatus, 'Finished');
      assert.equal(row.ExitCode, 3);
      assert.equal(row.ErrorCode, 'ExitCodeNonzero');
      assert.equal(row.ErrorInfo, 'the command execution exit code is not zero');
      assert.equal(row.Output, base64('123\n/tmp\n'));
      assert.equal(row.CommandId, CommandId);
      assert.deepEqual([row.Dropped, row.Repeats, row.StopTime], [0, 1, '']);
      assert.equal((await result(client, InvokeId, server.online, { ContentEncoding: 'PlainText' })).Output,
        '123\n/tmp\n');

      const answer = await client.call('DescribeInvocations', { InvokeId });
      assert.equal(answer.TotalCount, 1);
      const [invocation] = answer.Invocations.Invocation;
      assert.deepEqual(
        [invocation.InvokeId, invocation.CommandId, invocation.CommandName, invocation.CommandDescription,
          invocation.CommandType, invocation.CommandContent, invocation.RepeatMode, invocation.Timed,
          invocation.Frequency, invocation.Timeout, invocation.Parameters, invocation.WorkingDir],
        [InvokeId, CommandId, name, 'd', 'RunShellScript', base64('echo 123; pwd >&2; exit 3'), 'Once', false, '', 77,
          '{}', '/tmp']);
      assert.deepEqual([invocation.InvocationStatus, invocation.InvokeStatus], ['Failed', 'Finished']);
      const [instance] = invocation.InvokeInstances.InvokeInstance;
      assert.deepEqual([instance.InstanceId, instance.InvocationStatus, instance.InstanceInvokeStatus, instance.ExitCode],
        [server.online, 'Failed', 'Finished', 3]);
      assert.ok(!instance.Output);
      for (const time of ['CreationTime', 'StartTime', 'FinishTime', 'UpdateTime']) {
        assert.match(instance[time], /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, time);
      }
      const [withOutput] = (await client.call('DescribeInvocations', { InvokeId, IncludeOutput: true }))
        .Invocations.Invocation;
      assert.equal(withOutput.InvokeInstances.InvokeInstance[0].Output, base64('123\n/tmp\n'));
    });

    it('DescribeInvocations filters', async () => {
      const name = unique('find');
      const { CommandId } = await create({ Name: name });
      const { InvokeId } = await client.call('InvokeCommand', { CommandId, InstanceId: [server.online],
        Tag: [{ Key: 'run', Value: name }] });
      await untilFinal(client, InvokeId, server.online);
      const ids = async (parameters) => (await client.call('DescribeInvocations', parameters))
        .Invocations.Invocation.map((invocation) => invocation.InvokeId);
      assert.deepEqual(await ids({ CommandId }), [InvokeId]);
      assert.deepEqual(await ids({ CommandName: name }), [InvokeId]);
      assert.deepEqual(await ids({ CommandId, InvokeStatus: 'Finished' }), [InvokeId]);
      assert.deepEqual(await ids({ CommandId, InvokeStatus: 'Running' }), []);
      assert.deepEqual(await ids({ CommandId, InstanceId: server.online }), [InvokeId]);
      assert.deepEqual(await ids({ CommandId, InstanceId: server.offline }), []);
      assert.deepEqual(await ids({ CommandId, Timed: false }), [InvokeId]);
      assert.deepEqual(await ids({ CommandId, Timed: true }), []);
      assert.deepEqual(await ids({ CommandId, CommandType: 'RunBatScript' }), []);
      assert.deepEqual(await ids({ Tag: [{ Key: 'run', Value: name }] }), [InvokeId]);
      assert.deepEqual(await ids({ InvokeId: 't-unknown' }), []);
    });

    it('RunCommand with parameters', async () => {
      const answer = await client.call('RunCommand', {
        Type: 'RunShellScript', CommandContent: 'echo "hello {{name}} from {{ACS::InstanceId}}{{missing}}"',
        EnableParameter: true, Parameters: client.typed ? { name: 'Jack' } : '{"name":"Jack"}',
        InstanceId: [server.online],
      });
      assert.match(answer.CommandId, /^c-[0-9a-f]{32}$/);
      const row = await untilFinal(client, answer.InvokeId, server.online);
      assert.equal(Buffer.from(row.Output, 'base64').toString(), `hello Jack from ${server.online}\n`);
      const [invocation] = (await client.call('DescribeInvocations', { InvokeId: answer.InvokeId }))
        .Invocations.Invocation;
      assert.deepEqual(JSON.parse(invocation.Parameters), { name: 'Jack' });
    });

    it('RunCommand keeps its command only when asked to', async () => {
      const name = unique('kept');
      for (const [keep, count] of [[false, 0], [true, 1]]) {
        const { CommandId } = await client.call('RunCommand', { Type: 'RunShellScript', CommandContent: 'echo 1',
          Name: name, KeepCommand: keep, InstanceId: [server.online] });
        assert.equal((await commands({ CommandId })).length, count);
      }
    });

    it('RunCommand chooses machines by tag', async () => {
      const { InvokeId } = await client.call('RunCommand', { Type: 'RunShellScript', CommandContent: 'echo tagged',
        ResourceTag: [{ Key: 'where', Value: 'online' }] });
      assert.equal((await untilFinal(client, InvokeId, server.online)).Output, base64('tagged\n'));
    });

    it('RunCommand as a dry run records nothing', async () => {
      const name = unique('dry');
      const answer = await client.call('RunCommand', { Type: 'RunShellScript', CommandContent: 'echo 1', Name: name,
        InstanceId: [server.online], RepeatMode: 'DryRun' });
      assert.ok(!answer.InvokeId);
      assert.equal((await client.call('DescribeInvocations', { CommandName: name })).TotalCount, 0);
    });

    it('RunCommand with the same ClientToken runs once', async () => {
      const parameters = { Type: 'RunShellScript', CommandContent: 'echo 1', InstanceId: [server.online],
        ClientToken: unique('token') };
      const first = await client.call('RunCommand', parameters);
      const second = await client.call('RunCommand', parameters);
      assert.deepEqual([second.InvokeId, second.CommandId], [first.InvokeId, first.CommandId]);
    });

    it('StopInvocation cancels what waits, and a command in use is not deleted', async () => {
      const { CommandId } = await create();
      const { InvokeId } = await client.call('InvokeCommand', { CommandId, InstanceId: [server.offline] });
      const before = await result(client, InvokeId, server.offline);
      assert.deepEqual([before.InvocationStatus, before.InvokeRecordStatus], ['Pending', 'Running']);
      assert.equal(before.ExitCode, undefined);
      await refused(client, 'DeleteCommand', { CommandId }, 'InvalidStatus.CmdIdInUse');
      await refused(client, 'StopInvocation', { InvokeId, InstanceId: [server.online] }, 'InvalidInstanceId.NotFound');
      await client.call('StopInvocation', { InvokeId });
      const after = await result(client, InvokeId, server.offline);
      assert.deepEqual([after.InvocationStatus, after.InvokeRecordStatus], ['Cancelled', 'Stopped']);
      assert.match(after.StopTime, /^\d{4}-/);
      await client.call('StopInvocation', { InvokeId });  // again: a success that changes nothing
      await client.call('DeleteCommand', { CommandId });
      assert.deepEqual(await commands({ CommandId }), []);
      await refused(client, 'DeleteCommand', { CommandId }, 'InvalidCmdId.NotFound');
      assert.equal((await client.call('DescribeInvocations', { InvokeId })).TotalCount, 1);  // history stays
    });

    it('StopInvocation ends what runs', async () => {
      const { InvokeId } = await client.call('RunCommand', { Type: 'RunShellScript', CommandContent: 'echo up; sleep 60',
        InstanceId: [server.online] });
      const deadline = Date.now() + 10000;
      while ((await result(client, InvokeId, server.online)).Output !== base64('up\n')) {
        assert.ok(Date.now() < deadline, 'it does not start');
        await new Promise((resolve) => setTimeout(resolve, 30));
      }
      assert.equal((await result(client, InvokeId, server.online)).InvocationStatus, 'Running');
      await client.call('StopInvocation', { InvokeId, InstanceId: [server.online] });
      const row = await untilFinal(client, InvokeId, server.online);
      assert.deepEqual([row.InvocationStatus, row.InvokeRecordStatus], ['Terminated', 'Stopped']);
    });

    it('CreateActivation gives a code once; DescribeActivations lists the rest', async () => {
      const name = `web${process.pid}`;
      const made = await client.call('CreateActivation', { InstanceCount: 3, InstanceName: name,
        Description: 'for the test', IpAddressRange: '10.0.0.0/8', TimeToLiveInHours: 2,
        Tag: [{ Key: 'k', Value: 'v' }] });
      assert.match(made.ActivationId, /^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/);
      assert.match(made.ActivationCode, /^a-./);
      const answer = await client.call('DescribeActivations', { ActivationId: made.ActivationId });
      assert.equal(answer.TotalCount, 1);
      const [row] = answer.ActivationList;
      assert.deepEqual(
        [row.InstanceCount, row.InstanceName, row.Description, row.IpAddressRange, row.TimeToLiveInHours, row.Disabled,
          row.RegisteredCount, row.DeregisteredCount],
        [3, name, 'for the test', '10.0.0.0/8', 2, false, 0, 0]);
      assert.deepEqual(row.Tags.map((tag) => [tag.TagKey, tag.TagValue]), [['k', 'v']]);
      assert.ok(!JSON.stringify(answer).includes(made.ActivationCode));
      assert.equal((await client.call('DescribeActivations', { ActivationId: 'UNKNOWN' })).TotalCount, 0);
    });

    it('DescribeManagedInstances filters', async () => {
      const ids = async (parameters) => (await client.call('DescribeManagedInstances', parameters))
        .Instances.map((instance) => instance.InstanceId).sort();
      assert.deepEqual(await ids({}), [server.online, server.offline].sort());
      assert.deepEqual(await ids({ InstanceId: [server.offline] }), [server.offline]);
      assert.deepEqual(await ids({ Connected: 'true' }), [server.online]);
      assert.deepEqual(await ids({ Connected: 'false' }), [server.offline]);
      assert.deepEqual(await ids({ InstanceName: 'online' }), [server.online]);
      assert.deepEqual(await ids({ OsType: 'windows' }), []);
      assert.deepEqual(await ids({ Tag: [{ Key: 'where', Value: 'online' }] }), [server.online]);
      assert.deepEqual(await ids({ InstanceId: ['mi-unknown'] }), []);
      const [row] = (await client.call('DescribeManagedInstances', { InstanceId: [server.online] })).Instances;
      assert.equal(row.Connected, true);
      assert.ok(row.Hostname && row.AgentVersion && row.OsVersion && row.MachineId);
    });

    it('DescribeCloudAssistantStatus tells who is alive', async () => {
      const answer = await client.call('DescribeCloudAssistantStatus', { InstanceId: [server.offline, server.online] });
      const rows = answer.InstanceCloudAssistantStatusSet.InstanceCloudAssistantStatus;
      assert.deepEqual(rows.map((row) => [row.InstanceId, row.CloudAssistantStatus]),
        [[server.offline, 'false'], [server.online, 'true']]);
      assert.match(rows[1].LastHeartbeatTime, /^\d{4}-/);
      assert.equal(rows[1].OSType, 'Linux');
      assert.equal(rows[0].LastHeartbeatTime, '');
    });
  });
}
