'use strict';
// Files through every client: sent, looked up, and apart from commands.

const { describe, it } = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { server, clients, unique, base64, refused } = require('./common');

for (const client of clients()) {
  describe(`files: ${client.name}`, () => {
    const send = (more = {}) => client.call('SendFile', {
      Name: unique('file'), TargetDir: '/srv', Content: 'hello file\n', InstanceId: [server.offline], ...more });
    const list = async (parameters) =>
      (await client.call('DescribeSendFileResults', parameters)).Invocations.Invocation;

    it('SendFile keeps every parameter, DescribeSendFileResults shows it', async () => {
      const name = unique('all 中文 a+b&c=d/?');
      const { InvokeId } = await send({
        Name: name, TargetDir: '/srv/with space', Content: base64('binary \u0000 中文'), ContentType: 'Base64',
        Description: 'what *it* is for', FileOwner: 'www-data', FileGroup: 'staff', FileMode: '0755', Overwrite: true,
        Timeout: 300, Tag: [{ Key: 'team', Value: 'ops' }], InstanceId: [server.offline, server.offline],
      });
      assert.match(InvokeId, /^f-[0-9a-f]{32}$/);
      const [file, ...others] = await list({ InvokeId });
      assert.equal(others.length, 0);
      assert.deepEqual(
        [file.InvokeId, file.Name, file.TargetDir, file.Content, file.ContentType, file.Description, file.FileOwner,
          file.FileGroup, file.FileMode, file.Overwrite, file.VmCount, file.InvocationStatus],
        [InvokeId, name, '/srv/with space', base64('binary \u0000 中文'), 'Base64', 'what *it* is for', 'www-data', 'staff',
          '0755', 'true', 1, 'Pending']);
      assert.deepEqual(file.Tags.Tag.map((tag) => [tag.TagKey, tag.TagValue]), [['team', 'ops']]);
      assert.match(file.CreationTime, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      const [instance] = file.InvokeInstances.InvokeInstance;
      assert.deepEqual(
        [instance.InstanceId, instance.InvocationStatus, instance.ErrorCode, instance.ErrorInfo, instance.StartTime,
          instance.FinishTime], [server.offline, 'Pending', '', '', '', '']);
    });

    it('a machine writes it, and once', async () => {
      const name = unique('written');
      const final = async (InvokeId) => {
        for (const deadline = Date.now() + 20000; ; await new Promise((resolve) => setTimeout(resolve, 30))) {
          const [file] = await list({ InvokeId });
          if (!['Pending', 'Running'].includes(file.InvocationStatus)) return file;
          assert.ok(Date.now() < deadline, `${InvokeId} is still ${file.InvocationStatus}`);
        }
      };
      const where = { Name: name, TargetDir: server.folder, InstanceId: [server.online] };
      const written = await final((await send(where)).InvokeId);
      const [instance] = written.InvokeInstances.InvokeInstance;
      assert.deepEqual([written.InvocationStatus, instance.InvocationStatus, instance.ErrorCode],
        ['Success', 'Success', '']);
      assert.match(instance.FinishTime, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      assert.equal(fs.readFileSync(path.join(server.folder, name), 'utf8'), 'hello file\n');
      const again = await final((await send(where)).InvokeId);
      const [second] = again.InvokeInstances.InvokeInstance;
      assert.deepEqual([again.InvocationStatus, second.InvocationStatus, second.ErrorCode, second.ErrorInfo],
        ['Failed', 'Invalid', 'FileAlreadyExists', 'File already exists']);
    });

    it('SendFile with defaults', async () => {
      const { InvokeId } = await send();
      const [file] = await list({ InvokeId });
      assert.deepEqual(
        [file.Content, file.ContentType, file.Description, file.FileOwner, file.FileGroup, file.FileMode, file.Overwrite],
        ['hello file\n', 'PlainText', '', 'root', 'root', '0644', 'false']);
      assert.deepEqual(file.Tags.Tag, []);
    });

    it('SendFile with the same ClientToken does nothing twice', async () => {
      const once = { Name: unique('once'), ClientToken: unique('token') };
      const first = await send(once);
      const second = await send(once);
      assert.equal(second.InvokeId, first.InvokeId);
      assert.notEqual(second.RequestId, first.RequestId);
      assert.equal((await list({ Name: once.Name })).length, 1);
      await refused(client, 'SendFile', { ...once, TargetDir: '/', Content: 'x', InstanceId: [server.offline] },
        'IdempotentParameterMismatch');
    });

    it('DescribeSendFileResults filters, and pages both ways', async () => {
      const name = unique('page');
      const tag = unique('key');
      const made = [];
      for (let i = 0; i < 3; i += 1) made.unshift((await send({ Name: name, Tag: [{ Key: tag, Value: `${i}` }] })).InvokeId);
      const ids = async (parameters) => (await list(parameters)).map((file) => file.InvokeId);
      assert.deepEqual(await ids({ Name: name }), made);
      assert.deepEqual(await ids({ Name: name, InstanceId: server.offline }), made);
      assert.deepEqual(await ids({ Name: name, InstanceId: server.online }), []);
      assert.deepEqual(await ids({ Name: name, InvocationStatus: 'Pending' }), made);
      assert.deepEqual(await ids({ Name: name, InvocationStatus: 'Success' }), []);
      assert.deepEqual(await ids({ Tag: [{ Key: tag, Value: '1' }] }), [made[1]]);
      assert.deepEqual(await ids({ Tag: [{ Key: tag }] }), made);
      const second = await client.call('DescribeSendFileResults', { Name: name, PageNumber: 2, PageSize: 2 });
      assert.deepEqual(second.Invocations.Invocation.map((file) => file.InvokeId), made.slice(2));
      assert.deepEqual([second.PageNumber, second.PageSize, second.TotalCount, second.NextToken], [2, 2, 3, '']);
      const first = await client.call('DescribeSendFileResults', { Name: name, MaxResults: 2 });
      assert.deepEqual(await ids({ Name: name, MaxResults: 2, NextToken: first.NextToken }), made.slice(2));
    });

    it('files and commands are never taken for each other', async () => {
      const { InvokeId } = await send();
      assert.deepEqual((await client.call('DescribeInvocations', { InvokeId })).Invocations.Invocation, []);
      const results = await client.call('DescribeInvocationResults', { InvokeId });
      assert.deepEqual(results.Invocation.InvocationResults.InvocationResult, []);
      await refused(client, 'StopInvocation', { InvokeId }, 'InvalidInvokeId.NotFound');
      const command = await client.call('RunCommand', {
        Type: 'RunShellScript', CommandContent: 'echo 123', InstanceId: [server.offline] });
      assert.deepEqual(await list({ InvokeId: command.InvokeId }), []);
    });
  });
}
