from django.urls import path, register_converter
from django.urls.converters import StringConverter

from ndaflow.desk import views
from ndaflow.desk.access import company_views as company_access
from ndaflow.desk.access import views as access
from ndaflow.desk.accounts import views as accounts
from ndaflow.desk.agreements import coverage_views as coverage
from ndaflow.desk.agreements import papers, publishing
from ndaflow.desk.agreements import views as agreements
from ndaflow.desk.analytics import views as analytics
from ndaflow.desk.bulk import views as bulk
from ndaflow.desk.companies import listed_views as listed
from ndaflow.desk.companies import moving_views as moving
from ndaflow.desk.companies import views as companies
from ndaflow.desk.invitations import views as invitations
from ndaflow.desk.levels import views as levels
from ndaflow.desk.objections import views as objections
from ndaflow.desk.office import views as office
from ndaflow.desk.preview import views as preview
from ndaflow.desk.privacy import views as privacy
from ndaflow.desk.review import views as review
from ndaflow.desk.rules import views as rules
from ndaflow.desk.sharing import views as sharing


class Rest(StringConverter):
    """What follows in an address, also nothing."""

    regex = ".*"


register_converter(Rest, "rest")

app_name = "desk"
urlpatterns = [
    path("desk/", views.queue, name="requests"),
    path("desk/requests/<slug:id>/", views.desk_request, name="request"),
    path("desk/requests/<slug:id>/approve/", views.approve, name="approve"),
    path("desk/requests/<slug:id>/deny/", views.deny, name="deny"),
    path("desk/requests/<slug:id>/revoke/", views.revoke, name="revoke"),
    path("desk/requests/<slug:id>/ask/", views.ask_question, name="ask_question"),
    path("desk/requests/<slug:id>/owner/", views.owner, name="request_owner"),
    path("desk/requests/<slug:id>/assign/", bulk.assign, name="assign"),
    path("desk/bulk/", bulk.bulk, name="bulk"),
    path("desk/export/", bulk.export, name="export"),
    path("desk/hours/", office.hours, name="hours"),
    path("desk/notices/", office.notices, name="notices"),
    path("desk/notices/away/", office.be_away, name="be_away"),
    path("desk/notices/back/", office.be_back, name="be_back"),
    path("desk/channels/", office.channels, name="channels"),
    path("desk/channels/<slug:id>/test/", office.test_channel, name="test_channel"),
    path("desk/channels/<slug:id>/remove/", office.remove_channel, name="remove_channel"),
    path("desk/analytics/", analytics.analytics, name="analytics"),
    path("desk/analytics/<slug:figure>.csv", analytics.analytics_csv, name="analytics_csv"),
    path("desk/signatures/<slug:id>/seal/", views.seal_again, name="seal_again"),
    path("desk/grants/<slug:id>/", access.grant, name="grant"),
    path("desk/grants/<slug:id>/extend/", access.extend, name="extend"),
    path("desk/grants/<slug:id>/revoke/", access.revoke_grant, name="revoke_grant"),
    path("desk/access/<slug:id>/", access.person_access, name="person_access"),
    path("desk/access/<slug:id>/revoke/", access.revoke_person, name="revoke_person"),
    path("desk/access/<slug:id>/destroy/", access.ask_to_destroy, name="ask_to_destroy"),
    path("desk/accounts/", accounts.accounts, name="accounts"),
    path("desk/accounts/<slug:id>/", accounts.account, name="account"),
    path("desk/invitations/", invitations.invitations, name="invitations"),
    path("desk/invitations/new/", invitations.invite, name="invite"),
    path("desk/invitations/mails/", invitations.mails, name="prospect_mails"),
    path("desk/invitations/<slug:id>/again/", invitations.send_again, name="send_invitation_again"),
    path("desk/invitations/<slug:id>/withdraw/", invitations.withdraw, name="withdraw_invitation"),
    path("desk/objections/", objections.objections, name="objections"),
    path("desk/objections/<slug:id>/", objections.objection, name="objection"),
    path("desk/levels/", levels.levels, name="levels"),
    path("desk/levels/new/", levels.new_level, name="new_level"),
    path("desk/levels/<slug:slug>/", levels.level, name="level"),
    path("desk/levels/<slug:slug>/remove/", levels.remove_level, name="remove_level"),
    path("desk/erasures/", privacy.erasures, name="erasures"),
    path("desk/erasures/<slug:id>/", privacy.erasure, name="erasure"),
    path("desk/erasures/<slug:id>/erase/", privacy.carry_out, name="carry_out_erasure"),
    path("desk/erasures/<slug:id>/decline/", privacy.decline, name="decline_erasure"),
    path("desk/signatures/<slug:id>/cover/", coverage.confirm_coverage, name="confirm_coverage"),
    path("desk/signatures/<slug:id>/decline/", coverage.decline_coverage, name="decline_coverage"),
    path("desk/papers/<slug:id>/cover/", coverage.confirm_paper, name="confirm_paper"),
    path("desk/papers/<slug:id>/decline-scope/", coverage.decline_scope, name="decline_scope"),
    path("desk/coverage/<slug:id>/end/", coverage.end_coverage, name="end_coverage"),
    path("desk/rules/", rules.rules, name="rules"),
    path("desk/rules/add/", rules.add_rule, name="add_rule"),
    path("desk/rules/discard/", rules.discard_draft, name="discard_draft"),
    path("desk/rules/try/", rules.try_draft, name="try_draft"),
    path("desk/rules/publish/", rules.publish_rules, name="publish_rules"),
    path("desk/rules/on/", rules.switch_on, name="switch_on"),
    path("desk/rules/off/", rules.switch_off, name="switch_off"),
    path("desk/rules/limit/", rules.limit_rules, name="limit_rules"),
    path("desk/rules/versions/<int:number>/", rules.rule_version, name="rule_version"),
    path("desk/rules/versions/<int:number>/draft/", rules.draft_version, name="draft_version"),
    path("desk/rules/dry-runs/<slug:id>/", rules.findings, name="findings"),
    path("desk/rules/<slug:key>/save/", rules.save_rule, name="save_rule"),
    path("desk/rules/<slug:key>/remove/", rules.remove_rule, name="remove_rule"),
    path("desk/rules/<slug:key>/conditions/add/", rules.add_condition, name="add_condition"),
    path("desk/rules/<slug:key>/conditions/<int:number>/remove/", rules.remove_condition, name="remove_condition"),
    path("desk/rules/<slug:key>/<str:direction>/", rules.move_rule, name="move_rule"),
    path("desk/agreements/", agreements.agreements, name="agreements"),
    path("desk/agreements/register.csv", agreements.register_csv, name="register_csv"),
    path("desk/agreements/new/", publishing.new_agreement, name="new_agreement"),
    path("desk/agreements/papers/<slug:id>/", papers.paper, name="paper"),
    path("desk/agreements/papers/<slug:id>/open/", papers.open_paper, name="open_paper"),
    path("desk/agreements/papers/<slug:id>/accept/", papers.accept, name="accept_paper"),
    path("desk/agreements/papers/<slug:id>/decline/", papers.decline, name="decline_paper"),
    path("desk/agreements/papers/<slug:id>/countersign/", papers.countersign, name="countersign_paper"),
    path("desk/agreements/<slug:slug>/", agreements.agreement, name="agreement"),
    path("desk/agreements/<slug:slug>/offer/", agreements.offer, name="offer"),
    path("desk/agreements/<slug:slug>/paper/", papers.file_paper, name="file_paper"),
    path("desk/agreements/<slug:slug>/new/", publishing.new_version, name="new_version"),
    path("desk/agreements/<slug:slug>/publish/", publishing.publish_version, name="publish_version"),
    path("desk/agreements/<slug:slug>/<int:number>/", agreements.version, name="agreement_version"),
    path("desk/companies/", companies.companies, name="companies"),
    path("desk/companies/listed/", listed.listed, name="listed"),
    path("desk/companies/listed/<slug:id>/remove/", listed.remove, name="unlist"),
    path("desk/companies/listed/<slug:id>/keep/", listed.keep, name="keep_listed"),
    path("desk/companies/notes/<slug:id>/remove/", companies.remove_note, name="company_note_remove"),
    path("desk/companies/<slug:id>/", companies.company, name="company"),
    path("desk/companies/<slug:id>/name/", companies.name, name="company_name"),
    path("desk/companies/<slug:id>/details/", companies.details, name="company_details"),
    path("desk/companies/<slug:id>/notes/", companies.note, name="company_note"),
    path("desk/companies/<slug:id>/block/", companies.block, name="company_block"),
    path("desk/companies/<slug:id>/unblock/", companies.unblock, name="company_unblock"),
    path("desk/companies/<slug:id>/end/", company_access.end_access, name="company_end_access"),
    path("desk/companies/<slug:id>/merge/", moving.merge, name="company_merge"),
    path("desk/merges/<slug:id>/undo/", moving.undo_merge, name="company_unmerge"),
    path("desk/companies/<slug:id>/apart/", moving.tell_apart, name="company_apart"),
    path("desk/companies/<slug:id>/domains/", moving.add_domain, name="company_domain_add"),
    path("desk/companies/<slug:id>/domains/<str:domain>/", moving.domain, name="company_domain"),
    path("desk/preview/", preview.as_visitor, name="preview"),
    path("desk/preview/site/<rest:page>", preview.site_as_visitor, name="preview_site"),
    path("desk/preview/people/<slug:id>/", preview.as_person, name="preview_person"),
    path("desk/preview/people/<slug:id>/site/<rest:page>", preview.site_as_person, name="preview_person_site"),
    path("desk/preview/invitations/<slug:id>/", preview.as_invited, name="preview_invited"),
    path("desk/preview/invitations/<slug:id>/site/<rest:page>", preview.site_as_invited, name="preview_invited_site"),
    path("desk/share/", sharing.share, name="share"),
    path("desk/share/links/", sharing.make_link, name="make_link"),
    path("desk/share/links/<slug:id>/end/", sharing.end_link, name="end_link"),
    path("desk/share/links/<slug:id>/code.svg", sharing.code, name="link_code"),
    path("desk/review/", review.current, name="review"),
    path("desk/review/start/", review.start, name="review_start"),
    path("desk/review/holdings.csv", review.holdings_csv, name="holdings_csv"),
    path("desk/review/grants/<slug:id>/keep/", review.keep, name="review_keep"),
    path("desk/review/grants/<slug:id>/revoke/", review.revoke, name="review_revoke"),
    path("desk/review/<slug:id>/", review.review, name="review_of"),
    path("desk/review/<slug:id>/finish/", review.finish, name="review_finish"),
    path("desk/review/<slug:id>/rows.csv", review.review_csv, name="review_csv"),
]
