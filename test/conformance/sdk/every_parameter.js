'use strict';
// Every operation of the reference through the typed SDK, with both signatures and with every parameter that its request
// model knows; and the answer that the response model holds is the answer that came: an untyped client gets the same.

const { describe, it } = require('node:test');
const assert = require('node:assert/strict');
const Ecs = require('@alicloud/ecs20140526');
const { server, contract, typedClient, popClient, refused, unique, base64, EXTENSIONS } = require('./common');

// They have no answer but a refusal here.
const REFUSED = new Set(['DeregisterManagedInstance', 'StartTerminalSession', 'EndTerminalSession']);
// In every model, and ignored by the server.
const OWNER = { OwnerAccount: 'somebody', OwnerId: 1, ResourceOwnerAccount: 'somebody', ResourceOwnerId: 2 };
const tags = [{ Key: 'k', Value: 'v' }];
const pages = [{ PageNumber: 1, PageSize: 50 }, { MaxResults: 50 }];

/** Of each operation the calls that together say every parameter: [parameters, expected error]. */
function calls(made) {
  const script = { Type: 'RunShellScript', CommandContent: 'echo {{a}}', ContentEncoding: 'PlainText', Name: 'every',
    Description: 'd', EnableParameter: true, Timeout: 60, WorkingDir: '/tmp', Launcher: '/bin/sh' };
  const run = { Parameters: { a: '1' }, InstanceId: [server.offline], RepeatMode: 'Once', Timed: false, Tag: tags,
    TerminationMode: 'ProcessTree', Timeout: 60, Username: 'root', WorkingDir: '/tmp', Launcher: '/bin/sh' };
  // What a server without groups, storage and Windows machines says about them.
  const absent = (sound) => [
    [{ ...sound, ResourceGroupId: 'rg-1' }, 'InvalidResourceGroup.NotFound'],
    [{ ...sound, OssOutputDelivery: 'oss://bucket/prefix' }, 'Operation.Forbidden'],
  ];
  const forms = (sound) => [
    [{ ...sound, ClientToken: unique('token') }],
    [{ ...sound, ContainerId: 'a'.repeat(64), ContainerName: 'web', WindowsPasswordName: 'secret' }],
    [{ ...sound, Frequency: 'rate(1d)', RepeatMode: 'Period' }],
    [{ ...sound, InstanceId: undefined, ResourceTag: [{ Key: 'where', Value: 'offline' }] }],
    ...absent(sound),
  ];
  const list = (filters) => [...pages.map((page) => [{ ...filters, ...page }]),
    [{ MaxResults: 50, NextToken: 'none of ours' }, 'InvalidParameter.NextToken']];
  const nobody = (operation) => [[{ ResourceGroupId: 'rg-1' }], ...operation];
  return {
    CreateCommand: [[{ ...script, CommandContent: base64('echo {{a}}'), ContentEncoding: 'Base64', Tag: tags,
      ClientToken: unique('token') }], [{ ...script, ResourceGroupId: 'rg-1' }, 'InvalidResourceGroup.NotFound']],
    ModifyCommand: [[{ CommandId: made.command, Name: 'renamed', Description: 'e', Timeout: 90, WorkingDir: '/',
      Launcher: '/bin/bash', CommandContent: 'ignored' }]],
    DescribeCommands: nobody(list({ CommandId: made.command, ContentEncoding: 'PlainText', Description: '*', Name: '*',
      Type: 'RunShellScript' })).concat([[{ Tag: tags }], [{ Provider: 'AlibabaCloud', Latest: true }]]),
    RunCommand: forms({ ...script, ...run, KeepCommand: true }),
    InvokeCommand: forms({ CommandId: made.command, ...run }),
    StopInvocation: [[{ InvokeId: made.invocation, InstanceId: [server.offline] }]],
    DescribeInvocations: nobody(list({ InvokeId: made.invocation, CommandId: made.command, CommandType: 'RunShellScript',
      ContentEncoding: 'PlainText', IncludeOutput: true, InstanceId: server.offline, CommandName: 'every' }))
      .concat([[{ InvokeStatus: 'Running', RepeatMode: 'Once', Tag: tags, Timed: false }]]),
    DescribeInvocationResults: nobody(list({ InvokeId: made.invocation, CommandId: made.command,
      ContentEncoding: 'PlainText', InstanceId: server.offline, InvokeRecordStatus: 'Running' }))
      .concat([[{ Tag: tags }], [{ InvokeId: made.schedule, IncludeHistory: true }]]),
    ModifyInvocationAttribute: [[{ InvokeId: made.schedule, CommandContent: base64('echo {{b}}'), ContentEncoding: 'Base64',
      EnableParameter: true, Frequency: 'rate(2d)', Parameters: { b: '2' }, InstanceId: [server.offline],
      ClientToken: unique('token') }]],
    SendFile: [[{ Name: unique('every'), TargetDir: '/srv', Content: base64('x'), ContentType: 'Base64', Description: 'd',
      FileGroup: 'root', FileMode: '0644', FileOwner: 'root', InstanceId: [server.offline], Overwrite: true, Tag: tags,
      Timeout: 60, ClientToken: unique('token') }],
    [{ Name: 'x', TargetDir: '/', Content: 'x', InstanceId: [server.offline], ResourceGroupId: 'rg-1' },
      'InvalidResourceGroup.NotFound']],
    DescribeSendFileResults: nobody(list({ InstanceId: server.offline, InvocationStatus: 'Pending', InvokeId: made.file,
      Name: made.fileName, Tag: tags })),
    DescribeCloudAssistantStatus: list({ OSType: 'Linux' }).concat([[{ InstanceId: [server.offline] }]]),
    CreateActivation: [[{ Description: 'd', InstanceCount: 2, InstanceName: 'every', IpAddressRange: '10.0.0.0/8', Tag: tags,
      TimeToLiveInHours: 1, ClientToken: unique('token') }],
    [{ ResourceGroupId: 'rg-1' }, 'InvalidResourceGroup.NotFound']],
    DescribeActivations: nobody(list({ ActivationId: made.activation, InstanceName: 'made', Tag: tags })),
    DisableActivation: [[{ ActivationId: made.activation }]],
    DeleteActivation: [[{ ActivationId: made.activation }]],
    DescribeManagedInstances: nobody(list({ InstanceId: [server.offline], Connected: 'false', OsType: 'linux' }))
      .concat([[{ ActivationId: 'X' }], [{ InstanceIp: '127.0.0.1', InstanceName: 'offline', MachineId: 'x', Tag: tags }]]),
    ModifyManagedInstance: [[{ InstanceId: server.offline, InstanceName: 'offline' }]],
    DeregisterManagedInstance: [[{ InstanceId: 'mi-unknown', ClientToken: unique('token') }, 'InvalidInstance.NotFound']],
    DescribeRegions: [[{ AcceptLanguage: 'en-US', InstanceChargeType: 'PostPaid', ResourceType: 'instance' }]],
    DeleteCommand: [[{ CommandId: made.spare }]],
    // There is nothing to install, no plug-in and no session; the calls are taken, and answered honestly.
    InstallCloudAssistant: [[{ InstanceId: [server.offline] }]],
    ListPluginStatus: list({ InstanceId: [server.offline] })
      .concat([[{ InstanceId: [server.offline], Name: 'ACS-ECS-Nothing' }, 'InvalidPluginName.NotFound']]),
    StartTerminalSession: [
      [{ InstanceId: [server.offline], ConnectionType: 'Intranet', Username: 'root', PasswordName: 'secret',
        CommandLine: 'top', EncryptionOptions: { Enabled: true, Mode: 'Kms', KMSKeyId: 'key' },
        ClientToken: unique('token') }, 'Operation.Forbidden'],
      [{ InstanceId: [server.offline], TargetServer: 'db', PortNumber: 22 }, 'PortForwarding.NotSupported']],
    EndTerminalSession: [[{ SessionId: 's-none' }, 'InvalidSessionId.NotFound']],
    DescribeTerminalSessions: [[{ InstanceId: server.offline, SessionId: 's-none', MaxResults: 100 }],
      [{ NextToken: 'none of ours' }, 'InvalidParameter.NextToken']],
    ModifyCloudAssistantSettings: [
      [{ SettingType: 'AgentUpgradeConfig', AgentUpgradeConfig: { AllowedUpgradeWindow: ['02:00-04:00'], Enabled: true,
        BootstrapUpgrade: true, DisableUpgrade: false, TimeZone: 'Asia/Shanghai' } }],
      [{ SettingType: 'SessionManagerConfig', SessionManagerConfig: { SessionManagerEnabled: true } }],
      [{ SettingType: 'ResourceUsageConfig', ResourceUsageConfig: { CpuLimit: 30, KeepScriptFile: true,
        LogFileCountLimit: 40, LogSizeLimit: '200MB', MemoryLimit: '60MB', OverloadLimit: 4 } }],
      [{ SettingType: 'InvocationDelivery', OssDeliveryConfig: { Enabled: false, BucketName: 'b', Prefix: 'p',
        EncryptionType: 'Inherit' }, SlsDeliveryConfig: { Enabled: false, LogstoreName: 'l', ProjectName: 'p' } }]],
    DescribeCloudAssistantSettings: [[{ SettingType: ['SessionManagerDelivery', 'InvocationDelivery', 'AgentUpgradeConfig',
      'SessionManagerConfig', 'ResourceUsageConfig'] }]],
    TagResources: [[{ ResourceType: 'command', ResourceId: [made.command], Tag: [{ Key: 'new', Value: 'v' }] }]],
    UntagResources: [[{ ResourceType: 'command', ResourceId: [made.command], TagKey: ['new'], All: false }]],
    ListTagResources: [[{ ResourceType: 'command', ResourceId: [made.command], Tag: tags }],
      [{ ResourceType: 'command', TagFilter: [{ TagKey: 'k*', TagValues: ['v', '*'] }] }],
      [{ ResourceType: 'command', ResourceId: [made.command], NextToken: 'none of ours' }, 'Invalid.NextToken']],
    DescribeInstances: list({ InstanceIds: JSON.stringify([server.offline]), InstanceName: 'x*', Status: 'Running',
      PrivateIpAddresses: '["10.0.0.1"]', PublicIpAddresses: '["10.0.0.1"]', EipAddresses: '["10.0.0.1"]',
      InnerIpAddresses: '["10.0.0.1"]', RdmaIpAddresses: '10.0.0.1', Ipv6Address: ['::1'], Tag: tags,
      AdditionalAttributes: ['META_OPTIONS'], DeviceAvailable: true, HttpEndpoint: 'enabled', HttpPutResponseHopLimit: 1,
      HttpTokens: 'optional', ImageId: 'm', InstanceChargeType: 'PostPaid', InstanceNetworkType: 'vpc', InstanceType: 't',
      InstanceTypeFamily: 'f', InternetChargeType: 'PayByTraffic', IoOptimized: true, KeyPairName: 'k',
      LockReason: 'financial', NeedSaleCycle: false, ResourceGroupId: 'rg-1', SecurityGroupId: 'sg', VSwitchId: 'v',
      VpcId: 'v', ZoneId: 'z' }).concat([[{ DryRun: true }, 'DryRunOperation'],
      [{ HpcClusterId: 'h' }, 'InvalidHpcClusterId.NotFound'],
      [{ Filter: [{ Key: 'nonsense', Value: 'x' }] }, 'InvalidFilterKey.NotFound']]),
  };
}

/** All operations of the reference, and each is one of the SDK. */
function operations() {
  const names = Object.keys(contract.operations);
  names.forEach((name) => assert.ok(Ecs[`${name}Request`], `${name} is not in the SDK`));
  // What would spoil the others comes last.
  const last = ['StopInvocation', 'DisableActivation', 'DeleteActivation', 'DeleteCommand'];
  const own = names.filter((name) => !last.includes(name));
  return [...own, ...last];
}

/** What the models know of an answer: without the fields that the server adds. */
const known = (value, shape) => {
  if (shape.type === 'array') return value.map((item) => known(item, shape.items));
  if (shape.type !== 'object') return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => !EXTENSIONS.has(name))
    .map(([name, inner]) => [name, known(inner, shape.properties[name])]));
};

const untyped = popClient('', 'POST');
const asText = (parameters) => Object.fromEntries(Object.entries(parameters).map(([name, value]) =>
  [name, value !== null && typeof value === 'object' && !Array.isArray(value) ? JSON.stringify(value) : value]));

for (const settings of [{}, { signatureAlgorithm: 'v2' }]) {
  const client = typedClient(settings.signatureAlgorithm ? 'signature 1.0' : 'ACS3', settings);
  describe(`every parameter: ${client.name}`, () => {
    let all;

    it('there is something to look at', async () => {
      const create = async (name) => (await client.call('CreateCommand', { Type: 'RunShellScript', Name: name, Tag: tags,
        Description: 'd', CommandContent: base64('echo {{a}}'), EnableParameter: true })).CommandId;
      const command = await create('every');
      const run = { CommandId: command, InstanceId: [server.offline], Tag: tags };
      const fileName = unique('file');
      all = calls({
        command,
        spare: await create('spare'),
        invocation: (await client.call('InvokeCommand', run)).InvokeId,
        schedule: (await client.call('InvokeCommand', { ...run, Frequency: 'rate(1d)' })).InvokeId,
        fileName,
        file: (await client.call('SendFile', { Name: fileName, TargetDir: '/srv', Content: 'x',
          InstanceId: [server.offline], Tag: tags })).InvokeId,
        activation: (await client.call('CreateActivation', { InstanceName: 'made', Tag: tags })).ActivationId,
      });
    });

    for (const operation of operations()) {
      it(operation, async () => {
        assert.ok(all[operation], 'it has no calls here');
        const model = new Set(Object.values(Ecs[`${operation}Request`].names()));
        const said = new Set();
        let answers = 0;
        for (const [own, error] of all[operation]) {
          const parameters = Object.fromEntries(Object.entries({ ...OWNER, ...own })
            .filter(([name, value]) => value !== undefined && model.has(name)));
          Object.keys(parameters).forEach((name) => said.add(name));
          if (error) {
            await refused(client, operation, parameters, error);
            continue;
          }
          const answer = await client.call(operation, parameters);
          answers += 1;
          if (!operation.startsWith('Describe') && !operation.startsWith('List')) continue;
          const raw = await untyped.call(operation, asText(parameters));
          const shape = contract.operations[operation].response;
          assert.deepEqual(known({ ...answer, RequestId: '' }, shape), known({ ...raw, RequestId: '' }, shape));
        }
        assert.deepEqual([...model].filter((name) => !said.has(name) && name !== 'RegionId'), [], 'not said');
        assert.ok(answers > 0 || REFUSED.has(operation));
      });
    }
  });
}
