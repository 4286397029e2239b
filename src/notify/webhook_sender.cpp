#include "notify/webhook_sender.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <cmath>
#include <random>

#include "base/json_fields.hpp"
#include "base/log.hpp"
#include "base/outgoing_call.hpp"
#include "notify/mail_message.hpp"
#include "notify/webhook_signature.hpp"

namespace reprise::notify {
namespace {

using catalog::WebhookAttempt;
using catalog::WebhookDelivery;

// Of the task that a message is about; "" for a test.
std::string TaskIdIn(const std::string& body) {
  const Result<boost::json::value> parsed = ParseJson(body);
  const boost::json::value* data =
      parsed && parsed->is_object() ? parsed->get_object().if_contains("data") : nullptr;
  const boost::json::value* id =
      data != nullptr && data->is_object() ? data->get_object().if_contains("task_id") : nullptr;
  return id != nullptr && id->is_string() ? std::string(id->get_string()) : std::string();
}

double Random() {
  thread_local std::mt19937 engine{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(engine);
}

}  // namespace

std::chrono::milliseconds BackoffAfter(int number, double random) {
  constexpr double kFirst = 5'000;
  constexpr double kLongest = 6.0 * 3600 * 1000;
  const double wait = std::min(kFirst * std::pow(4, std::max(number, 1) - 1), kLongest);
  return std::chrono::milliseconds(static_cast<std::int64_t>(wait * (0.8 + 0.4 * random)));
}

WebhookAttempt SendWebhook(const Context& ctx, const std::string& url, const std::string& secret,
                           const WebhookDelivery& message, Instant now,
                           const WebhookSenderOptions& options) {
  WebhookAttempt attempt;
  const std::int64_t timestamp = ToMicros(now) / 1'000'000;
  const Result<std::string> signature = SignWebhook(secret, message.id, timestamp, message.body);
  if (!signature) {
    attempt.error = signature.error().message;
    return attempt;
  }
  OutgoingCall call;
  call.url = url;
  call.headers = {"Content-Type: application/json", "webhook-id: " + message.id,
                  fmt::format("webhook-timestamp: {}", timestamp),
                  "webhook-signature: " + *signature};
  call.posts = true;
  call.body = message.body;
  call.reach = options.reach;
  call.limit = options.limit;
  OutgoingAnswer answer = Perform(ctx, call);
  attempt.status = answer.status;
  attempt.response = std::move(answer.body);
  attempt.error = answer.refused && answer.status == 0
                      ? "its address is private or link-local, which this installation does not "
                        "send webhooks to (serve --webhooks-to-private)"
                      : std::move(answer.error);
  return attempt;
}

WebhookAttempt WebhookSender::Attempt(const Context& ctx, const WebhookDelivery& message,
                                      const catalog::Webhook& webhook) {
  const Result<std::string> secret = box_.Open(webhook.sealed_secret, webhook.id);
  if (secret) return SendWebhook(ctx, webhook.url, *secret, message, clock_.Now(), options_);
  return {0, "", "its secret cannot be read with the key of this installation"};
}

WebhookAttempt WebhookSender::AttemptMail(const Context& ctx, const WebhookDelivery& message,
                                          const catalog::Webhook& webhook) {
  const Result<std::string> to = AddressOfMailto(webhook.url);
  if (!to) return {0, "", to.error().message};
  if (!options_.mail.IsConfigured()) {
    return {0, "", "this node sends no mails (serve --smtp-url)"};
  }
  Mail mail = TestMail(webhook.name);
  if (const std::string task = TaskIdIn(message.body); !task.empty()) {
    const Result<catalog::MailFacts> facts = catalog::MailFactsOf(database_, task);
    if (!facts) return {0, "", facts.error().message};
    const std::string& base = options_.public_url;
    mail = MailOf(*facts, base.empty() ? "" : fmt::format("{}/tasks/{}", base, task));
  }
  const MailAttempt sent =
      SendMail(ctx, options_.mail, *to,
               WriteMail(mail, {options_.mail.from, *to, message.id, message.created_at}));
  return {sent.error.empty() ? sent.code : std::max(sent.code, 0), sent.reply, sent.error};
}

Result<bool> WebhookSender::SendNext(const Context& ctx) {
  ASSIGN_OR_RETURN(const auto due, store_.ClaimDue());
  if (!due) return false;
  const auto& [message, webhook] = *due;
  const WebhookAttempt attempt =
      webhook.IsMail() ? AttemptMail(ctx, message, webhook) : Attempt(ctx, message, webhook);
  RETURN_IF_ERROR(ctx.Check());  // stopped: it is sent again when the minute is over
  ASSIGN_OR_RETURN(const bool disabled,
                   store_.Finish(message, attempt, BackoffAfter(message.attempts, Random())));
  if (!attempt.Arrived()) {
    log::Warning("webhook.failed", {{"webhook", webhook.id},
                                    {"delivery", message.id},
                                    {"attempt", std::to_string(message.attempts)},
                                    {"status", std::to_string(attempt.status)},
                                    {"error", attempt.error}});
  }
  if (disabled) {
    log::Failure("webhook.disabled", {{"webhook", webhook.id}, {"name", webhook.name}});
  }
  return true;
}

Result<int> WebhookSender::RunOnce(const Context& ctx) {
  RETURN_IF_ERROR(store_.FanOut());
  int sent = 0;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, SendNext(ctx));
    if (!more) return sent;
    ++sent;
  }
}

void WebhookSender::Run(const std::stop_token& stop) {
  const Context ctx(stop);
  std::vector<std::jthread> threads;
  for (int i = 0; i < options_.threads; ++i) {
    threads.emplace_back([this, i, &ctx] {
      while (ctx.Check()) {
        const Result<int> queued = i == 0 ? store_.FanOut() : Result<int>(0);
        Result<bool> sent = queued ? SendNext(ctx) : Result<bool>(tl::unexpected(queued.error()));
        if (!sent && sent.error().code != ErrorCode::kCancelled) {
          log::Failure("webhook.queue.failed", {{"error", sent.error().Sentence()}});
        }
        if (!sent || !*sent) static_cast<void>(ctx.Sleep(options_.look_every));
      }
    });
  }
}

}  // namespace reprise::notify
