"""What can stand in the way of a campaign."""

from __future__ import annotations

from huike.kernel.errors import Conflict, Invalid, NotFound


class CampaignNotFound(NotFound):
    code = "campaign.not_found"
    title = "There is no such campaign"


class CampaignInvalid(Invalid):
    code = "campaign.invalid"
    title = "The campaign cannot be stored as it is"


class CampaignIncomplete(Conflict):
    """`errors` name what is missing before it can be sent."""

    code = "campaign.incomplete"
    title = "The campaign is not ready to be sent"


class CampaignStateWrong(Conflict):
    code = "campaign.state_wrong"
    title = "The campaign's state does not allow this"


class AudienceEmpty(Conflict):
    code = "campaign.audience_empty"
    title = "Nobody is in the audience"


class NobodyToPreview(NotFound):
    code = "campaign.nobody_to_preview"
    title = "Nobody in the audience can be shown"


class ResultNotReady(Conflict):
    code = "campaign.result_not_ready"
    title = "There is no result before the campaign is sent"
