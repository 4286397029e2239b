#include "odoo/mask_fields.hpp"

#include <array>

namespace reprise::odoo {
namespace {

using enum domain::MaskPreset;
using enum domain::MaskHow;

constexpr std::string_view kGone = "<p>This text was masked when the copy was made.</p>";

constexpr auto kFields = std::to_array<MaskField>({
    {kPartners, "res_partner", "name", kName},
    {kPartners, "res_partner", "display_name", kName, "name"},
    {kPartners, "res_partner", "complete_name", kName, "name"},
    {kPartners, "res_partner", "commercial_company_name", kName},
    {kPartners, "res_partner", "company_name", kName},
    {kPartners, "res_partner", "email", kEmail},
    {kPartners, "res_partner", "email_normalized", kEmail},
    {kPartners, "res_partner", "phone", kPhone},
    {kPartners, "res_partner", "mobile", kPhone},
    {kPartners, "res_partner", "phone_sanitized", kPhone},
    {kPartners, "res_partner", "street", kBlank},
    {kPartners, "res_partner", "street2", kBlank},
    {kPartners, "res_partner", "street_name", kBlank},
    {kPartners, "res_partner", "street_number", kBlank},
    {kPartners, "res_partner", "street_number2", kBlank},
    {kPartners, "res_partner", "zip", kBlank},
    {kPartners, "res_partner", "city", kBlank},
    {kPartners, "res_partner", "contact_address_complete", kBlank},
    {kPartners, "res_partner", "partner_latitude", kBlank},
    {kPartners, "res_partner", "partner_longitude", kBlank},
    {kPartners, "res_partner", "vat", kHash},
    {kPartners, "res_partner", "company_registry", kHash},
    {kPartners, "res_partner", "website", kBlank},
    {kPartners, "res_partner", "comment", kBlank},
    {kPartners, "res_partner", "function", kBlank},
    {kPartners, "res_partner", "signup_token", kBlank},
    {kPartners, "res_partner", "additional_info", kBlank},
    {kPartners, "res_partner_bank", "acc_number", kHash},
    {kPartners, "res_partner_bank", "sanitized_acc_number", kHash, "acc_number"},
    {kPartners, "res_partner_bank", "acc_holder_name", kName},
    {kPartners, "crm_lead", "name", kName},
    {kPartners, "crm_lead", "partner_name", kName},
    {kPartners, "crm_lead", "contact_name", kName},
    {kPartners, "crm_lead", "email_from", kEmail},
    {kPartners, "crm_lead", "email_normalized", kEmail},
    {kPartners, "crm_lead", "email_domain_criterion", kBlank},
    {kPartners, "crm_lead", "email_cc", kBlank},
    {kPartners, "crm_lead", "phone", kPhone},
    {kPartners, "crm_lead", "mobile", kPhone},
    {kPartners, "crm_lead", "phone_sanitized", kPhone},
    {kPartners, "crm_lead", "street", kBlank},
    {kPartners, "crm_lead", "street2", kBlank},
    {kPartners, "crm_lead", "zip", kBlank},
    {kPartners, "crm_lead", "city", kBlank},
    {kPartners, "crm_lead", "description", kBlank},
    {kPartners, "crm_lead", "website", kBlank},
    {kPartners, "account_move", "invoice_partner_display_name", kName},
    {kPartners, "account_move", "invoice_source_email", kEmail},
    {kPartners, "account_bank_statement_line", "partner_name", kName},
    {kPartners, "account_bank_statement_line", "account_number", kHash},
    {kPartners, "payment_transaction", "partner_name", kName},
    {kPartners, "payment_transaction", "partner_email", kEmail},
    {kPartners, "payment_transaction", "partner_phone", kPhone},
    {kPartners, "payment_transaction", "partner_address", kBlank},
    {kPartners, "payment_transaction", "partner_zip", kBlank},
    {kPartners, "payment_transaction", "partner_city", kBlank},
    {kPartners, "event_registration", "name", kName},
    {kPartners, "event_registration", "email", kEmail},
    {kPartners, "event_registration", "phone", kPhone},
    {kPartners, "event_registration", "mobile", kPhone},
    {kPartners, "event_registration", "company_name", kName},
    {kPartners, "mailing_contact", "name", kName},
    {kPartners, "mailing_contact", "first_name", kName},
    {kPartners, "mailing_contact", "last_name", kName},
    {kPartners, "mailing_contact", "company_name", kName},
    {kPartners, "mailing_contact", "email", kEmail},
    {kPartners, "mailing_contact", "email_normalized", kEmail},
    {kPartners, "mailing_trace", "email", kEmail},
    {kPartners, "website_visitor", "name", kName},
    {kPartners, "website_visitor", "access_token", kHash},
    {kPartners, "survey_user_input", "email", kEmail},
    {kPartners, "survey_user_input", "nickname", kName},
    {kPartners, "helpdesk_ticket", "partner_name", kName},
    {kPartners, "helpdesk_ticket", "partner_email", kEmail},
    {kPartners, "helpdesk_ticket", "partner_phone", kPhone},
    {kPartners, "helpdesk_ticket", "email_cc", kBlank},
    {kPartners, "project_task", "email_from", kEmail},
    {kPartners, "project_task", "email_cc", kBlank},
    {kPartners, "project_task", "partner_email", kEmail},
    {kPartners, "project_task", "partner_phone", kPhone},
    {kPartners, "project_project", "partner_email", kEmail},
    {kPartners, "project_project", "partner_phone", kPhone},
    {kPartners, "account_analytic_account", "name", kName},
    {kPartners, "calendar_attendee", "email", kEmail},
    {kPartners, "calendar_attendee", "common_name", kName},
    {kPartners, "phone_blacklist", "number", kHash},
    {kPartners, "mail_blacklist", "email", kEmail},
    {kUsers, "res_users", "login", kEmail},
    {kUsers, "res_users", "password", kBlank},
    {kUsers, "res_users", "signature", kBlank},
    {kUsers, "res_users", "totp_secret", kBlank},
    {kUsers, "res_users", "oauth_uid", kBlank},
    {kUsers, "res_users", "oauth_access_token", kBlank},
    {kUsers, "res_users", "google_calendar_rtoken", kBlank},
    {kUsers, "res_users", "google_calendar_token", kBlank},
    {kUsers, "res_users", "microsoft_calendar_rtoken", kBlank},
    {kUsers, "res_users", "microsoft_calendar_token", kBlank},
    {kUsers, "hr_employee", "name", kName},
    {kUsers, "hr_employee", "work_email", kEmail},
    {kUsers, "hr_employee", "work_phone", kPhone},
    {kUsers, "hr_employee", "mobile_phone", kPhone},
    {kUsers, "hr_employee", "legal_name", kName, "name"},
    {kUsers, "hr_employee", "private_email", kEmail},
    {kUsers, "hr_employee", "private_phone", kPhone},
    {kUsers, "hr_employee", "private_street", kBlank},
    {kUsers, "hr_employee", "private_street2", kBlank},
    {kUsers, "hr_employee", "private_city", kBlank},
    {kUsers, "hr_employee", "private_zip", kBlank},
    {kUsers, "hr_employee", "birthday", kBlank},
    {kUsers, "hr_employee", "place_of_birth", kBlank},
    {kUsers, "hr_employee", "ssnid", kHash},
    {kUsers, "hr_employee", "sinid", kHash},
    {kUsers, "hr_employee", "identification_id", kHash},
    {kUsers, "hr_employee", "passport_id", kHash},
    {kUsers, "hr_employee", "permit_no", kHash},
    {kUsers, "hr_employee", "visa_no", kHash},
    {kUsers, "hr_employee", "emergency_contact", kName},
    {kUsers, "hr_employee", "emergency_phone", kPhone},
    {kUsers, "hr_employee", "spouse_complete_name", kName},
    {kUsers, "hr_employee", "spouse_birthdate", kBlank},
    {kUsers, "hr_employee", "pin", kBlank},
    {kUsers, "hr_employee", "barcode", kHash},
    {kUsers, "hr_employee", "notes", kBlank},
    {kUsers, "hr_employee", "additional_note", kBlank},
    {kUsers, "hr_applicant", "name", kName},
    {kUsers, "hr_applicant", "partner_name", kName},
    {kUsers, "hr_applicant", "email_from", kEmail},
    {kUsers, "hr_applicant", "email_normalized", kEmail},
    {kUsers, "hr_applicant", "email_cc", kBlank},
    {kUsers, "hr_applicant", "partner_phone", kPhone},
    {kUsers, "hr_applicant", "partner_mobile", kPhone},
    {kUsers, "hr_applicant", "linkedin_profile", kBlank},
    {kUsers, "hr_applicant", "description", kBlank},
    {kUsers, "resource_resource", "name", kName},
    {kMessages, "mail_message", "subject", kBlank},
    {kMessages, "mail_message", "body", kBlank, {}, kGone},
    {kMessages, "mail_message", "email_from", kEmail},
    {kMessages, "mail_message", "reply_to", kEmail},
    {kMessages, "mail_message", "record_name", kBlank},
    {kMessages, "mail_message", "incoming_email_to", kBlank},
    {kMessages, "mail_message", "incoming_email_cc", kBlank},
    {kMessages, "mail_mail", "body_html", kBlank, {}, kGone},
    {kMessages, "mail_mail", "email_to", kBlank},
    {kMessages, "mail_mail", "email_cc", kBlank},
    {kMessages, "mail_mail", "headers", kBlank},
    {kMessages, "mail_mail", "references", kBlank},
    {kMessages, "mail_mail", "failure_reason", kBlank},
    {kMessages, "mail_tracking_value", "old_value_char", kBlank},
    {kMessages, "mail_tracking_value", "new_value_char", kBlank},
    {kMessages, "mail_tracking_value", "old_value_text", kBlank},
    {kMessages, "mail_tracking_value", "new_value_text", kBlank},
    {kMessages, "mail_activity", "summary", kBlank},
    {kMessages, "mail_activity", "note", kBlank},
    {kMessages, "mail_activity", "res_name", kBlank},
    {kMessages, "calendar_event", "description", kBlank},
    {kMessages, "mail_notification", "failure_reason", kBlank},
    {kMessages, "mail_notification", "mail_email_address", kEmail},
    {kMessages, "mail_scheduled_message", "subject", kBlank},
    {kMessages, "mail_scheduled_message", "body", kBlank, {}, kGone},
    {kMessages, "mail_message_translation", "body", kBlank, {}, kGone},
    {kMessages, "mail_guest", "name", kName},
    {kMessages, "sms_sms", "number", kPhone},
    {kMessages, "sms_sms", "body", kBlank, {}, "masked"},
    {kMessages, "rating_rating", "feedback", kBlank},
    {kMessages, "whatsapp_message", "mobile_number", kPhone},
    {kMessages, "whatsapp_message", "mobile_number_formatted", kPhone},
});

// The company itself and Odoo's own partners are no person's data, and a copy is told by them.
constexpr std::string_view kPartnerRows =
    "id NOT IN (SELECT partner_id FROM public.res_company WHERE partner_id IS NOT NULL) AND id NOT "
    "IN (SELECT res_id FROM public.ir_model_data WHERE model = 'res.partner' AND module = 'base' "
    "AND name IN ('partner_root', 'public_partner', 'main_partner') AND res_id IS NOT NULL)";
// The administrator and Odoo's own users: whoever knows the administrator's password gets in.
constexpr std::string_view kUserRows =
    "id > 1 AND id NOT IN (SELECT res_id FROM public.ir_model_data WHERE model = 'res.users' AND "
    "module = 'base' AND name IN ('user_root', 'user_admin', 'public_user', 'default_user', "
    "'template_portal_user_id') AND res_id IS NOT NULL)";
// Called after their customer.
constexpr std::string_view kAnalyticRows = "partner_id IS NOT NULL";
constexpr std::string_view kResourceRows = "resource_type = 'user'";

constexpr auto kAway = std::to_array<MaskedAway>({
    {kUsers, "res_users_apikeys"},
    {kUsers, "auth_totp_device"},
    {kUsers, "auth_passkey_key"},
    {kUsers, "res_users_log"},
    // What is on its way to a page, and what somebody is writing.
    {kMessages, "bus_bus"},
    {kMessages, "mail_compose_message"},
});

}  // namespace

std::span<const MaskField> MaskFields() { return kFields; }

std::string_view MaskedRows(std::string_view table) {
  if (table == "res_partner") return kPartnerRows;
  if (table == "res_users") return kUserRows;
  if (table == "resource_resource") return kResourceRows;
  if (table == "account_analytic_account") return kAnalyticRows;
  return "true";
}

std::span<const MaskedAway> TablesMaskedAway() { return kAway; }

}  // namespace reprise::odoo
