"""The bucket in InfluxDB that holds the history."""

from typing import Final

from influxdb_client import (
    BucketRetentionRules,
    BucketsService,
    OrganizationsService,
    PostBucketRequest,
)
from influxdb_client.client.influxdb_client_async import InfluxDBClientAsync
from influxdb_client.rest import ApiException

from schemas.errors import UserError
from schemas.settings import Settings

_NOT_FOUND, _UNPROCESSABLE = 404, 422
_DAY_SECONDS: Final = 86_400


async def make_bucket(client: InfluxDBClientAsync, settings: Settings) -> None:
    """Makes the bucket with the retention of the settings; one that is there stays as it is.

    Raises UserError when there is no such organization.
    """
    buckets = BucketsService(client.api_client)
    organizations = OrganizationsService(client.api_client)
    try:
        found = await organizations.get_orgs_async(org=settings.influxdb_org)
    except ApiException as error:
        if error.status != _NOT_FOUND:
            raise
        raise UserError(
            f"InfluxDB at {settings.influxdb_url} has no organization {settings.influxdb_org!r}",
            "make it there, or set INFLUXDB_ORG to one that the token belongs to",
        ) from error
    name = settings.influxdb_bucket
    if (await buckets.get_buckets_async(org=settings.influxdb_org, name=name)).buckets:
        return
    retention = BucketRetentionRules(every_seconds=settings.metric_retention_days * _DAY_SECONDS)
    wanted = PostBucketRequest(org_id=found.orgs[0].id, name=name, retention_rules=[retention])
    try:
        await buckets.post_buckets_async(wanted)
    except ApiException as error:
        if error.status != _UNPROCESSABLE:  # another process was faster
            raise
