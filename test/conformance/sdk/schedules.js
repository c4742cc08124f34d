'use strict';
// Schedules through every client: made, run, looked at, changed and stopped.

const { describe, it } = require('node:test');
const assert = require('node:assert/strict');
const { server, clients, result, untilFinal, unique, base64, refused } = require('./common');

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function until(what, look, seconds = 20) {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const value = await look();
    if (value) return value;
    assert.ok(Date.now() < deadline, `${what}: not within ${seconds} s`);
    await pause(50);
  }
}

/** A time as at(…) wants it. */
const at = (seconds) => new Date(Date.now() + seconds * 1000).toISOString().replace('T', ' ').slice(0, 19);

for (const client of clients()) {
  describe(`schedules: ${client.name}`, () => {
    const run = (more) => client.call('RunCommand', {
      Type: 'RunShellScript', CommandContent: 'echo 123', InstanceId: [server.online], ...more });
    const shown = async (InvokeId, more = {}) =>
      (await client.call('DescribeInvocations', { InvokeId, ...more })).Invocations.Invocation[0];
    const object = (value) => (client.typed ? value : JSON.stringify(value));
    const scheduled = (id) => until('it is scheduled', async () =>
      (await result(client, id, server.online)).InvocationStatus === 'Scheduled');

    it('a cron expression waits, can be found, changed and stopped', async () => {
      const name = unique('timed');
      const { InvokeId, CommandId } = await run({ Name: name, Frequency: '0 30 21 1 1 * Asia/Shanghai', Timed: true });
      await scheduled(InvokeId);
      const invocation = await shown(InvokeId);
      assert.deepEqual([invocation.RepeatMode, invocation.Frequency, invocation.Timed, invocation.InvocationStatus,
        invocation.InvokeStatus], ['Period', '0 30 21 1 1 * Asia/Shanghai', true, 'Scheduled', 'Running']);
      const [instance] = invocation.InvokeInstances.InvokeInstance;
      assert.deepEqual([instance.Timed, instance.Repeats, instance.InvocationStatus, instance.InstanceInvokeStatus,
        instance.StartTime], [true, 0, 'Scheduled', 'Running', '']);
      const ids = async (parameters) => (await client.call('DescribeInvocations', { CommandName: name, ...parameters }))
        .Invocations.Invocation.map((row) => row.InvokeId);
      assert.deepEqual(await ids({ Timed: true }), [InvokeId]);
      assert.deepEqual(await ids({ Timed: false }), []);
      assert.deepEqual(await ids({ RepeatMode: 'Period' }), [InvokeId]);
      assert.deepEqual(await ids({ RepeatMode: 'Once' }), []);
      assert.deepEqual(await ids({ InvokeStatus: 'Scheduled' }), [InvokeId]);

      const token = unique('token');
      const change = { InvokeId, Frequency: 'rate(7d)', CommandContent: base64('echo {{who}}'), ContentEncoding: 'Base64',
        EnableParameter: true, Parameters: object({ who: 'me' }), InstanceId: [server.offline], ClientToken: token };
      const changed = await client.call('ModifyInvocationAttribute', change);
      assert.match(changed.CommandId, /^c-[0-9a-f]{32}$/);
      assert.notEqual(changed.CommandId, CommandId);
      const again = await client.call('ModifyInvocationAttribute', change);
      assert.equal(again.CommandId, changed.CommandId);
      await refused(client, 'ModifyInvocationAttribute', { ...change, Frequency: 'rate(6d)' },
        'IdempotentParameterMismatch');
      const after = await shown(InvokeId, { ContentEncoding: 'PlainText' });
      assert.deepEqual([after.Frequency, after.CommandContent, JSON.parse(after.Parameters), after.CommandId],
        ['rate(7d)', 'echo {{who}}', { who: 'me' }, changed.CommandId]);
      assert.deepEqual(after.InvokeInstances.InvokeInstance.map((row) => row.InstanceId).sort(),
        [server.online, server.offline].sort());
      // Nothing but the frequency: the command stays the same.
      const same = await client.call('ModifyInvocationAttribute', { InvokeId, Frequency: 'rate(6d)' });
      assert.equal(same.CommandId, changed.CommandId);
      await scheduled(InvokeId);

      await client.call('StopInvocation', { InvokeId });
      const row = await untilFinal(client, InvokeId, server.online);
      assert.deepEqual([row.InvocationStatus, row.InvokeRecordStatus, row.Repeats], ['Cancelled', 'Stopped', 0]);
      const over = await until('it is stopped', async () => {
        const now = await shown(InvokeId);
        return now.InvocationStatus === 'Stopped' && now;
      });
      assert.deepEqual([over.InvokeStatus, over.Timed], ['Stopped', false]);
      await refused(client, 'ModifyInvocationAttribute', { InvokeId, Frequency: 'rate(7d)' },
        'InvalidOperation.InvokeAlreadyFinished');
    });

    it('an at runs, and its history tells', async () => {
      const { InvokeId } = await run({ CommandContent: 'echo on time; exit 3', Frequency: `at(${at(2.5)} UTC)` });
      const row = await untilFinal(client, InvokeId, server.online);
      assert.deepEqual([row.InvocationStatus, row.ExitCode, row.Output, row.Repeats],
        ['Failed', 3, base64('on time\n'), 1]);
      const answer = await client.call('DescribeInvocationResults', { InvokeId, IncludeHistory: true,
        ContentEncoding: 'PlainText' });
      const [first, ...others] = answer.Invocation.InvocationResults.InvocationResult;
      assert.equal(others.length, 0);
      assert.deepEqual([first.InvocationStatus, first.InvokeRecordStatus, first.ExitCode, first.Output, first.ErrorCode],
        ['Failed', 'Finished', 3, 'on time\n', 'ExitCodeNonzero']);
      const invocation = await shown(InvokeId);
      assert.deepEqual([invocation.RepeatMode, invocation.Timed, invocation.InvocationStatus, invocation.InvokeStatus],
        ['Period', false, 'Failed', 'Finished']);
    });

    it('InvokeCommand for the next start, and no Frequency for that', async () => {
      const { CommandId } = await client.call('CreateCommand', { Type: 'RunShellScript', Name: unique('boot'),
        CommandContent: base64('echo up') });
      const { InvokeId } = await client.call('InvokeCommand', { CommandId, InstanceId: [server.online],
        RepeatMode: 'EveryReboot' });
      await scheduled(InvokeId);
      assert.deepEqual([(await shown(InvokeId)).RepeatMode, (await shown(InvokeId)).Timed], ['EveryReboot', true]);
      await refused(client, 'ModifyInvocationAttribute', { InvokeId, Frequency: 'rate(7d)' },
        'InvalidOperation.RepeatModeUnsupported');
      await client.call('StopInvocation', { InvokeId });
      assert.equal((await untilFinal(client, InvokeId, server.online)).InvocationStatus, 'Cancelled');
    });

    it('every refusal of ModifyInvocationAttribute', async () => {
      const { InvokeId } = await run({ Frequency: 'rate(7d)', EnableParameter: true, CommandContent: 'echo {{a}}' });
      const once = await run({});
      const cases = [
        [{}, 'MissingInvokeId'],
        [{ InvokeId: `t-${'0'.repeat(32)}`, Frequency: 'rate(7d)' }, 'InvalidInvokeId.NotFound'],
        [{ InvokeId: once.InvokeId, CommandContent: 'echo 2' }, 'InvalidOperation.RepeatModeUnsupported'],
        [{ InvokeId, Frequency: 'whenever' }, 'InvalidParameter.Frequency'],
        [{ InvokeId, Frequency: 'rate(59s)' }, 'InvalidParameter.Frequency'],
        [{ InvokeId, ContentEncoding: 'Base64', CommandContent: '###' }, 'InvalidCommandContent.DecodeError'],
        [{ InvokeId, CommandContent: 'x'.repeat(24577) }, 'InvalidCommandContent.LengthLimitExceeded'],
        [{ InvokeId, InstanceId: ['mi-unknown'] }, 'InvalidInstanceId.NotFound'],
        [{ InvokeId, InstanceId: Array.from({ length: 101 }, (_, index) => `mi-${index}`) },
          'InvalidInstanceId.CountLimitExceeded'],
        [{ InvokeId, Parameters: object({ b: '1' }) }, 'InvalidParameters.KeyNotMatch'],
        [{ InvokeId, Parameters: object({ '': '1' }) }, 'InvalidParameters.KeyEmpty'],
        [{ InvokeId, Parameters: object({ a: '1', A: '2' }) }, 'InvalidParameters.KeyDuplicate'],
        [{ InvokeId, Parameters: object({ a: ['1'] }) }, 'InvalidParameters.ValueTypeUnsupported'],
        [{ InvokeId, Parameters: object({ ['k'.repeat(65)]: '1' }) }, 'InvalidParameters.KeyLengthLimitExceeded'],
        [{ InvokeId, Parameters: object(Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`k${i}`, 'v']))) },
          'InvalidParameters.CountLimitExceeded'],
        [{ InvokeId, EnableParameter: true, CommandContent: 'echo {{a.b}}' }, 'InvalidParameters.KeyMalformed'],
        [{ InvokeId, ClientToken: 't'.repeat(65) }, 'InvalidClientToken.Malformed'],
      ];
      for (const [parameters, code] of cases) {
        await refused(client, 'ModifyInvocationAttribute', parameters, code);
      }
      await client.call('StopInvocation', { InvokeId });
    });
  });
}

describe('schedules: a beat', () => {
  it('runs again and again, each run with its own result', async () => {
    const [client] = clients();
    const { InvokeId } = await client.call('RunCommand', { Type: 'RunShellScript', CommandContent: 'date +%s',
      InstanceId: [server.online], Frequency: '*/10 * * * * *', Timeout: 10 });
    const history = async () => (await client.call('DescribeInvocationResults', { InvokeId, IncludeHistory: true,
      ContentEncoding: 'PlainText', MaxResults: 50 })).Invocation.InvocationResults.InvocationResult;
    const rows = await until('two runs have ended', async () => {
      const now = (await history()).filter((row) => row.FinishedTime);
      return now.length >= 2 && now;
    }, 35);
    assert.ok(rows.every((row) => row.InvocationStatus === 'Success'));
    const times = rows.map((row) => Number(row.Output));
    assert.ok(times[0] > times[1], 'newest first, each with its own output');
    assert.ok((await result(client, InvokeId, server.online)).Repeats >= 2);
    await client.call('StopInvocation', { InvokeId });
    assert.equal((await untilFinal(client, InvokeId, server.online)).InvokeRecordStatus, 'Stopped');
  });
});
