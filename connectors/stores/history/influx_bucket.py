"""The bucket in InfluxDB that holds the history."""

from typing import Final

import structlog
from influxdb_client import (
    Bucket,
    BucketRetentionRules,
    BucketsService,
    OrganizationsService,
    PatchBucketRequest,
    PatchRetentionRule,
    PostBucketRequest,
)
from influxdb_client.client.influxdb_client_async import InfluxDBClientAsync
from influxdb_client.rest import ApiException

from connectors.stores.history.influx_errors import answer_of
from schemas.errors import UserError
from schemas.settings import Settings

_NOT_FOUND, _UNPROCESSABLE = 404, 422
_REFUSED: Final = (401, 403)
_DAY_SECONDS: Final = 86_400
_FOR_EVER: Final = 0

_log = structlog.get_logger()


async def make_bucket(client: InfluxDBClientAsync, settings: Settings) -> None:
    """Makes the bucket with the retention of the settings; one that keeps less is changed to it.

    One that keeps more stays as it is: what is beyond the retention is deleted besides, and an
    administrator may want it. Raises UserError when there is no such organization.
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
    try:
        there = await buckets.get_buckets_async(org=settings.influxdb_org, name=name)
        await _keep_as_long(buckets, there.buckets[0], settings)
        return
    except ApiException as error:
        if error.status != _NOT_FOUND:
            raise
    retention = BucketRetentionRules(every_seconds=settings.metric_retention_days * _DAY_SECONDS)
    wanted = PostBucketRequest(org_id=found.orgs[0].id, name=name, retention_rules=[retention])
    try:
        await buckets.post_buckets_async(wanted)
    except ApiException as error:
        if error.status != _UNPROCESSABLE:  # another process was faster
            raise


async def _keep_as_long(buckets: BucketsService, bucket: Bucket, settings: Settings) -> None:
    """Says so where the token may not change it."""
    wanted = settings.metric_retention_days * _DAY_SECONDS
    kept = min((rule.every_seconds for rule in bucket.retention_rules or ()), default=_FOR_EVER)
    if kept == _FOR_EVER or kept >= wanted:
        return
    days = {"kept_days": kept / _DAY_SECONDS, "wanted_days": wanted / _DAY_SECONDS}
    rule = PatchRetentionRule(every_seconds=wanted)
    try:
        await buckets.patch_buckets_id_async(bucket.id, PatchBucketRequest(retention_rules=[rule]))
    except ApiException as error:
        if error.status not in (*_REFUSED, _UNPROCESSABLE):
            raise
        remedy = "change the bucket's retention, or lower METRIC_RETENTION_DAYS"
        _log.warning("bucket_keeps_less", **days, reason=answer_of(error), do=remedy)
    else:
        _log.info("bucket_keeps_more_now", **days)
