#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>

#include "agent/passwords/password_store.h"
#include "agent/service/machine.h"
#include "agent/service/password_command.h"
#include "agent/service/settings.h"
#include "common/windows/system.h"
#include "common/windows/wide.h"

namespace assist::agent::service {
namespace {

constexpr int kFailed = 1;
constexpr int kUsage = 2;
constexpr std::size_t kRoom = 4 * passwords::kMaxPassword;  ///< Bytes of UTF-8.

int Complain(const Error& error) {
  std::fprintf(stderr, "assist-agent: %s\n", error.detail.c_str());
  return error.code == Errc::kInvalid ? kUsage : kFailed;
}

/// What is typed into a console is not shown there.
class Unseen {
 public:
  Unseen() : console_(::GetStdHandle(STD_INPUT_HANDLE)), is_console_(::GetConsoleMode(console_, &mode_) != 0) {
    if (is_console_) ::SetConsoleMode(console_, mode_ & ~static_cast<DWORD>(ENABLE_ECHO_INPUT));
  }
  Unseen(const Unseen&) = delete;
  Unseen& operator=(const Unseen&) = delete;
  ~Unseen() {
    if (is_console_) ::SetConsoleMode(console_, mode_);
  }
  [[nodiscard]] bool is_console() const noexcept { return is_console_; }
  /// One line, in UTF-16, without its end.
  [[nodiscard]] std::wstring Line() const {
    std::wstring line(passwords::kMaxPassword + 3, L'\0');
    DWORD got = 0;
    if (::ReadConsoleW(console_, line.data(), static_cast<DWORD>(line.size()), &got, nullptr) == 0) got = 0;
    line.resize(got);
    return line;
  }

 private:
  HANDLE console_;
  DWORD mode_ = 0;
  bool is_console_;
};

/// The first line of standard input, which is UTF-8 where it is no console.
Secret<std::string> ReadPassword() {
  const Unseen unseen;
  std::string password;
  if (unseen.is_console()) {
    std::fprintf(stderr, "Password: ");
    std::wstring line = unseen.Line();
    password = ToUtf8(line);
    passwords::WipeText(line);
    std::fprintf(stderr, "\n");
  } else {
    password.reserve(kRoom);  // so that it does not move as it grows
    std::getline(std::cin, password);
  }
  while (!password.empty() && (password.back() == '\r' || password.back() == '\n')) password.pop_back();
  Secret<std::string> secret(password);
  passwords::WipeText(password);
  return secret;
}

}  // namespace

PasswordCommand::PasswordCommand(CLI::App& app) : root_(kDefaultRoot) {
  password_ = app.add_subcommand("password", "Passwords of accounts of this machine, for commands with a Username");
  password_->require_subcommand(1);
  struct Verb {
    const char* name;
    const char* help;
    bool named;
  };
  for (const Verb& verb : {Verb{"set", "Read one from standard input and keep it, for this machine alone", true},
                           Verb{"list", "Print the names", false}, Verb{"remove", "Forget one", true}}) {
    CLI::App* sub = password_->add_subcommand(verb.name, verb.help);
    sub->callback([this, chosen = verb.name] { verb_ = chosen; });
    if (verb.named) sub->add_option("NAME", name_, "As WindowsPasswordName of a command has it")->required();
    sub->add_option("--root", root_, "Folder of this agent's files")->capture_default_str();
  }
}

bool PasswordCommand::parsed() const { return password_->parsed(); }

int PasswordCommand::Run() const {
  Result<AgentSettings> settings = LoadSettings(root_);
  if (!settings) return Complain(settings.error());
  const passwords::PasswordStore store(settings->root + "/" + std::string(passwords::kFolder));
  Status done;
  if (verb_ == "set") {
    if (!passwords::IsPasswordName(name_)) return Complain(store.Remove(name_).error());  // before it is asked for
    for (const std::string& folder : {settings->root, settings->root + "/" + std::string(passwords::kFolder)}) {
      if (Status safe = TakeFolder(folder, 0700); !safe) return Complain(safe.error());
    }
    done = store.Set(name_, ReadPassword());
  } else if (verb_ == "remove") {
    done = store.Remove(name_);
  } else {
    Result<std::vector<std::string>> names = store.List();
    if (!names) return Complain(names.error());
    for (const std::string& name : *names) std::printf("%s\n", name.c_str());
  }
  return done ? 0 : Complain(done.error());
}

}  // namespace assist::agent::service
