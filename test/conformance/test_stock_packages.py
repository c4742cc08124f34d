"""Plug-ins and updates for stock agents: `assist pkg publish --stock` publishes to a real server what the captured servers
offered, and the captures' requests are sent to it. What is answered has the captured form, and what a url gives has the MD5
that was told (agent-protocol.md, 16 and 17; docs/stock-packages.md)."""

import hashlib
import http.client
import io
import json
import unittest
import urllib.parse
import zipfile

from harness import Cli, Server, WorldTest
from harness.stock_agent import Key, StockAgent
from replay_captures import Difference, Replay, compare

LIST, STATUS = "/luban/api/v1/plugin/list", "/luban/api/v1/plugin/report_status"
PLUGIN_CHECK, UPDATE_CHECK = "/luban/api/v2/plugin/update_check", "/luban/api/v1/update/update_check"
REPORT = "/luban/api/v1/exception/client_report"
ARCHES = {"x64": "amd64", "x86": "386", "arm": "arm64", "all": "all"}
# What ListPluginStatus calls what was reported (openapi.md, 11.15). A failed one is started again by its agent.
SHOWN = {"ONCE_INSTALLED": "Installed", "PERSIST_RUNNING": "Running", "PERSIST_FAIL": "Stopped", "REMOVED": "Removed"}
CHECK = {"os": "linux", "arch": "amd64", "os_version": "Linux_#1_x86_64", "app_id": "aliyun assistant",
         "app_version": "2.2.3.578", "kernel_version": "6.1.0"}


def zip_of(files):
    """The bytes of a zip of {path: text}."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return out.getvalue()


class Shop:
    """A server with a publisher; `archives` has the bytes of all that was published, by their MD5."""

    def __init__(self, world):
        self.world = world
        self.server = Server(world).start()
        self.api = self.server.api()
        self.cli = Cli(world, self.server)
        self.key = world.path("publisher.pem")
        self.run("pkg", "key", "create", self.key)
        self.archives, self.published = {}, set()

    def run(self, *arguments, code=0):
        done = self.cli.run(*arguments)
        if done.returncode != code:
            raise AssertionError(f"{arguments} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done

    def publish(self, name, version, arch, archive, *more, code=0):
        """The archive for Linux; `arch` is a manifest's word."""
        path = self.world.path(f"{name}-{version}-{arch}.zip")
        with open(path, "wb") as file:
            file.write(archive)
        self.archives[hashlib.md5(archive).hexdigest()] = archive
        return self.run("pkg", "publish", path, "--name", name, "--version", version, "--os", "linux", "--arch", arch,
                        "--publisher", "demo", "--key", self.key, "--stock", *more, code=code)

    def plugin(self, name, version, arch="x64", kind=0, *more):
        """Once for a version. `arch` and `kind` as in config.json."""
        if (name, version) in self.published:
            return
        self.published.add((name, version))
        config = {"name": name, "arch": arch, "osType": "linux", "runPath": "main.sh", "timeout": "30", "publisher": "demo",
                  "version": version, "pluginType": kind, "heartbeatInterval": 60, "addSysTag": False}
        self.publish(name, version, ARCHES[arch], zip_of({"config.json": json.dumps(config), "main.sh": "echo run\n"}), *more)

    def update(self, version, *more):
        """An update of the stock agent itself, of which `more` may say that a channel names it."""
        archive = zip_of({f"{version}/{name}": f"{name} {version}\n" for name in
                          ("aliyun-service", "aliyun_assist_update", "acs-plugin-manager", "update_install")})
        self.publish("aliyun-assist", version, "amd64", archive, "--kind", "agent", *more)
        return archive

    def fetch(self, url, method="GET", headers=()):
        """As the agent does: Go's User-Agent, and no word of who asks. Status, headers, bytes."""
        parts = urllib.parse.urlsplit(url)
        if (parts.scheme, parts.port) != ("https", self.server.port):
            raise Difference(f"{url} is not where the agent found the server")
        connection = http.client.HTTPSConnection("127.0.0.1", parts.port, timeout=20, context=self.server.tls())
        try:
            connection.request(method, parts.path, headers={"User-Agent": "Go-http-client/1.1", **dict(headers)})
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def check_url(self, url, md5):
        """What `url` gives whole, in a part and as a head is the archive with this MD5, which was published."""
        if md5 not in self.archives:
            raise Difference(f"{url} has the MD5 {md5}, and nothing such was published")
        wanted = self.archives[md5]
        status, headers, whole = self.fetch(url)
        if (status, hashlib.md5(whole).hexdigest(), headers.get("content-length")) != (200, md5, str(len(wanted))):
            raise Difference(f"{url}: {status} {headers} {whole[:100]!r}")
        middle = len(wanted) // 2
        status, headers, part = self.fetch(url, headers=[("Range", f"bytes={middle}-")])
        if (status, part) != (206, wanted[middle:]):
            raise Difference(f"{url} from {middle}: {status} {headers} {part[:100]!r}")
        if headers.get("content-range") != f"bytes {middle}-{len(wanted) - 1}/{len(wanted)}":
            raise Difference(f"{url} from {middle}: {headers}")
        status, headers, nothing = self.fetch(url, "HEAD")
        if (status, headers.get("content-length"), nothing) != (200, str(len(wanted)), b""):
            raise Difference(f"HEAD {url}: {status} {headers}")

    def plugins(self, machine):
        """What ListPluginStatus shows of a machine: {name: (version, state)}."""
        answer = self.api.call("ListPluginStatus", InstanceId=[machine], MaxResults=50).ok()
        (row,) = answer["InstancePluginStatusSet"]["InstancePluginStatus"]
        return {plugin["PluginName"]: (plugin["PluginVersion"], plugin["PluginStatus"])
                for plugin in row["PluginStatusSet"]["PluginStatus"]}

    def upgrade(self, machine):
        """AgentUpgrade of DescribeCloudAssistantStatus; None: there is nothing to tell."""
        (row,) = self.api.call("DescribeCloudAssistantStatus", InstanceId=[machine]).ok()[
            "InstanceCloudAssistantStatusSet"]["InstanceCloudAssistantStatus"]
        return row.get("AgentUpgrade")

    def upgrade_policy(self, **config):
        self.api.call("ModifyCloudAssistantSettings", SettingType="AgentUpgradeConfig",
                      AgentUpgradeConfig=json.dumps(config)).ok()

    def machine(self, key):
        agent = StockAgent(self.server, key)
        agent.register(self.api.call("CreateActivation", InstanceCount=1).ok())
        if agent.id is None:
            raise AssertionError("not registered")
        return agent


class StockReplay(Replay):
    """A capture, at a server where everything is published that the captured server offers, just before it is asked for."""

    def __init__(self, name, shop, key):
        super().__init__(name, shop.server, shop.api, key)
        self.shop = shop
        self.fetched = 0
        self.plugins = {}   # name -> (version, state), as reported last
        self.failure = None  # phase and detail that were reported first
        self.version = ""   # of the agent, that was offered

    def _request(self, exchange, following):
        path = exchange["path"]
        if path == LIST:
            for entry in json.loads(exchange["response"]["body"])["pluginList"]:
                self.shop.plugin(entry["name"], entry["version"], entry["arch"].lower(), entry["pluginType"])
        elif path == PLUGIN_CHECK:
            for entry in json.loads(exchange["response"]["body"])["plugin"]:
                self.shop.plugin(entry["name"], entry["version"], kind=1)
        elif path == UPDATE_CHECK:
            info = json.loads(exchange["response"]["body"]).get("update_info")
            if info:
                self.version = info["file_name"].partition("_")[0]
                self.shop.update(self.version, "--channel", "stable")
        super()._request(exchange, following)
        if path == STATUS:
            for entry in json.loads(exchange["body"])["plugin"]:
                self.plugins[entry["name"]] = (entry["version"], SHOWN[entry["status"]])
        elif path == REPORT and self.failure is None:
            words = json.loads(exchange["body"])["type"].split(":")
            if words[0] == "AgentUpdateFailure":
                self.failure = (words[1], words[2] if len(words) > 2 else "")

    def _check(self, exchange, answer):
        if exchange["path"] not in (LIST, UPDATE_CHECK):
            super()._check(exchange, answer)
            return
        if answer.status != 200:
            raise Difference(f"{exchange['path']}: {answer}")
        wanted, got = json.loads(exchange["response"]["body"]), answer.json
        if exchange["path"] == LIST:
            # The captured server names what does not fit, too, which agents pass over; order and case say nothing to them.
            arch = json.loads(exchange["body"])["arch"]
            entries = [{**entry, "arch": entry["arch"].upper()} for entry in wanted["pluginList"]
                       if arch in ("", entry["arch"].lower())]
            wanted["pluginList"] = sorted(entries, key=lambda entry: entry["name"])
            got["pluginList"].sort(key=lambda entry: entry["name"])
        compare(wanted, got, exchange["path"])
        if got["instanceId"] != self.agent.id:
            raise Difference(f"{exchange['path']}: it is the answer for {got['instanceId']}")
        self.compared += 1
        for entry in got.get("pluginList", [got["update_info"]] if got.get("need_update") else []):
            self.shop.check_url(entry["url"], entry["md5"])
            self.fetched += 1
            name = urllib.parse.urlsplit(entry["url"]).path.rsplit("/", 1)[1]
            if exchange["path"] == UPDATE_CHECK and name != entry["file_name"]:
                raise Difference(f"the agent reads another version than {entry['file_name']} out of {entry['url']}")


class StockPackages(WorldTest):
    def setUp(self):
        super().setUp()
        self.shop = Shop(self.world)
        self.key = Key(self.world.folder)

    def replay(self, name, fetched):
        replay = StockReplay(name, self.shop, self.key)
        replay.run().check_outcome()
        self.assertEqual(replay.fetched, fetched, "archives that were offered")
        self.assertEqual(self.shop.plugins(replay.agent.id), replay.plugins)
        told = self.shop.upgrade(replay.agent.id)
        if not replay.version:
            self.assertIsNone(told)
            return
        self.assertEqual((told["Version"], told["Offers"]), (replay.version, 1))
        self.assertEqual(told["Failures"], 0 if replay.failure is None else 1)
        self.assertEqual("Failure" in told, replay.failure is not None)
        if replay.failure:
            self.assertEqual((told["Failure"]["Phase"], told["Failure"]["Detail"]), replay.failure)
            self.assertTrue(told["Failure"]["Message"])

    # --- plug-ins ------------------------------------------------------------------------------------------------

    def test_without_a_version_stable_is_told_with_one_that_one(self):
        self.shop.plugin("demo_once", "1.2", "x64", 0, "--channel", "stable")
        self.shop.plugin("demo_once", "1.10")
        agent = self.shop.machine(self.key)

        def told(version):
            question = {"osType": "linux", "pluginName": "demo_once", "version": version, "arch": "x64"}
            answer = agent.signed("POST", LIST, json.dumps(question).encode()).ok()
            return [entry["version"] for entry in answer["pluginList"]]

        self.assertEqual(told(""), ["1.2"])
        self.assertEqual(told("1.10"), ["1.10"])
        self.assertEqual(told("1.3"), [])
        self.shop.run("pkg", "channel", "demo_once", "stable", "--remove")
        self.assertEqual(told(""), ["1.10"], "1.10 is higher than 1.2")

    def test_a_package_that_is_not_for_stock_agents_is_neither_told_nor_given(self):
        archive = zip_of({"config.json": "{}", "main.sh": "echo secret\n"})
        path = self.world.path("ours.zip")
        with open(path, "wb") as file:
            file.write(archive)
        self.shop.run("pkg", "publish", path, "--name", "ours", "--version", "1", "--os", "linux", "--key", self.shop.key)
        agent = self.shop.machine(self.key)
        question = {"osType": "linux", "pluginName": "", "version": "", "arch": "x64"}
        self.assertEqual(agent.signed("POST", LIST, json.dumps(question).encode()).ok()["pluginList"], [])
        url = f"{self.shop.server.url}/artifacts/stock/{hashlib.sha256(archive).hexdigest()}/ours_1.zip"
        self.assertEqual(self.shop.fetch(url)[0], 404)

    def test_a_machine_tells_of_itself_alone(self):
        one, other = self.shop.machine(self.key), self.shop.machine(Key(self.world.folder))
        body = json.dumps({"plugin": [{"name": "demo_once", "status": "ONCE_INSTALLED", "version": "1.0"}]}).encode()
        forged = StockAgent(self.shop.server, other.key)  # another machine's key under this one's id
        forged.id, forged.machine_id = one.id, one.machine_id
        for path in (STATUS, REPORT, LIST, PLUGIN_CHECK, UPDATE_CHECK):
            with self.subTest(path=path):
                self.assertIn(forged.signed("POST", path, body).status, (401, 403))
                self.assertIn(forged.send("POST", path, body, [("User-Agent", "linux_amd64/2.2.3.578")]).status, (401, 403))
        self.assertEqual(self.shop.plugins(one.id), {})
        # What a body says of another machine is not looked at.
        told = json.loads(body)
        told["instanceId"] = told["plugin"][0]["instanceId"] = one.id
        other.signed("POST", STATUS, json.dumps(told).encode()).ok()
        self.assertEqual(self.shop.plugins(one.id), {})
        self.assertEqual(self.shop.plugins(other.id), {"demo_once": ("1.0", "Installed")})

    # --- updates -------------------------------------------------------------------------------------------------

    def ask(self, agent, **more):
        return agent.signed("POST", UPDATE_CHECK, json.dumps({**CHECK, **more}).encode()).ok()

    def report_failure(self, agent, update, phase):
        info = {"updateInfo": update, "failureContext": {}, "errorMessage": f"it was {phase}"}
        report = {"type": f"AgentUpdateFailure:{phase}", "info": json.dumps(info)}
        self.assertEqual(agent.signed("POST", REPORT, json.dumps(report).encode()).ok()["code"], 200)

    def test_an_update_is_offered_when_stable_names_it_and_the_policy_allows_it(self):
        agent = self.shop.machine(self.key)
        archive = self.shop.update("2.2.3.600")
        self.assertEqual(self.ask(agent)["need_update"], 0, "no channel names it")
        self.shop.run("pkg", "channel", "aliyun-assist", "stable", "2.2.3.600", "--kind", "agent")
        answer = self.ask(agent)
        self.assertEqual(answer["need_update"], 1)
        self.assertEqual(answer["update_info"]["md5"], hashlib.md5(archive).hexdigest())
        self.shop.upgrade_policy(DisableUpgrade=True)
        self.assertEqual(self.ask(agent)["need_update"], 0)
        self.shop.upgrade_policy(DisableUpgrade=False)
        self.assertEqual(self.ask(agent)["need_update"], 1)
        for other in ({"app_version": "2.2.3.600"}, {"app_version": "2.2.3.601"}, {"arch": "arm64"}, {"os": "windows"}):
            with self.subTest(other=other):
                self.assertEqual(self.ask(agent, **other)["need_update"], 0)
        self.shop.run("pkg", "channel", "aliyun-assist", "stable", "--remove", "--kind", "agent")
        self.assertEqual(self.ask(agent)["need_update"], 0)

    def test_a_machine_that_failed_three_times_is_left_alone_and_that_is_seen(self):
        agent, other = self.shop.machine(self.key), self.shop.machine(Key(self.world.folder))
        self.shop.update("2.2.3.600", "--channel", "stable")
        for count in (1, 2, 3):
            answer = self.ask(agent)
            self.assertEqual(answer["need_update"], 1, f"attempt {count}")
            # Of one broken script the agent tells twice: it is one attempt, and what it said first is shown.
            self.report_failure(agent, None, "ExecuteUpdateScriptFailed:UnexpectedExitStatus")
            self.report_failure(agent, None, "ExecuteUpdateScriptRunnerFailed:UnexpectedExitStatus")
            told = self.shop.upgrade(agent.id)
            self.assertEqual((told["Version"], told["Offers"], told["Failures"]), ("2.2.3.600", count, count))
            shown = {name: told["Failure"][name] for name in ("Version", "Phase", "Detail", "Message")}
            self.assertEqual(shown, {"Version": "2.2.3.600", "Phase": "ExecuteUpdateScriptFailed",
                                     "Detail": "UnexpectedExitStatus",
                                     "Message": "it was ExecuteUpdateScriptFailed:UnexpectedExitStatus"})
        self.assertEqual(self.ask(agent)["need_update"], 0)
        answer = self.ask(other)
        self.assertEqual(answer["need_update"], 1, "the others go on")
        self.report_failure(other, answer, "CheckMD5Failed")
        self.assertEqual(self.shop.upgrade(other.id)["Failure"]["Phase"], "CheckMD5Failed")
        self.assertEqual(self.shop.upgrade(other.id)["Failures"], 1)
        self.assertEqual(self.shop.upgrade(agent.id)["Failures"], 3)
        rows = self.shop.api.call("DescribeAuditRecords", ActionName="stock_agent.upgrade_failed").ok()
        told = sorted(row["Resources"].split()[0] for row in rows["AuditRecords"]["AuditRecord"])
        self.assertEqual(told, sorted([agent.id] * 3 + [other.id]))
        self.shop.update("2.2.3.601", "--channel", "stable")
        self.assertEqual(self.ask(agent)["need_update"], 1, "another version begins anew")


def _add(name, fetched):
    def test(self):
        self.replay(name, fetched)

    test.__name__ = f"test_{name.replace('-', '_')}"
    setattr(StockPackages, test.__name__, test)


# How often an archive is offered in each.
OFFERED = {"plugin-list": 4, "plugin-exec-once": 3, "plugin-exec-persist": 5, "plugin-exec-errors": 2, "plugin-timers": 1,
           "plugin-remove": 0, "startup": 0, "update-ok": 1, "update-404": 1, "update-bad-exe": 1, "update-local-folder": 1,
           "update-md5": 1, "update-not-zip": 1, "update-script-fails": 1}
for _name, _fetched in OFFERED.items():
    _add(_name, _fetched)


if __name__ == "__main__":
    unittest.main()
