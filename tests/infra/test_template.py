"""What the linters can't know of `template.yaml`: rights, keys, dead letters, and what is kept how long."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from rostering.store.dynamo import table_definition

# The only statements whose actions know no resource.
WITHOUT_RESOURCE = {"DeliverLogs", "DecideHolds", "ReplaceAnOlderHold"}
WRITES_IN_BATCHES = {"SyncApply", "SyncCredentials", "Batches"}
OPENS_CREDENTIALS = {"SyncCredentials", "SyncExport", "Batches", "Accounts", "Operator"}
CALLED_WITHOUT_WAITING = {"SyncExport", "SyncCredentials", "Batches", "SweepExports", "VerifyWeekly", "Digests"}
TABLE_WRITES = {f"dynamodb:{action}" for action in (
    "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "PartiQLInsert", "PartiQLUpdate")}
DATA = {"AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::KMS::Key"}
AWS_POLICIES = {"AWSLambdaBasicExecutionRole", "AWSLambdaSQSQueueExecutionRole"}


def of_type(resources: dict[str, Any], kind: str) -> dict[str, Any]:
    return {name: r["Properties"] for name, r in resources.items() if r["Type"] == kind}


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def identity_statements(resources: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """(role or policy, statement) of everything that gives rights to a role."""
    for name, role in of_type(resources, "AWS::IAM::Role").items():
        for policy in role.get("Policies", []):
            for statement in policy["PolicyDocument"]["Statement"]:
                yield name, statement
    for name, policy in of_type(resources, "AWS::IAM::ManagedPolicy").items():
        for statement in policy["PolicyDocument"]["Statement"]:
            yield name, statement


def resource_statements(resources: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for kind in ("AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy"):
        for policy in of_type(resources, kind).values():
            yield from policy["PolicyDocument"]["Statement"]


def actions(resources: dict[str, Any], role: str) -> set[str]:
    return {action for name, s in identity_statements(resources) if name == role for action in listed(s["Action"])}


def test_each_function_has_a_role_of_its_own(functions):
    roles = [json.dumps(function["Role"]) for function in functions.values()]
    assert len(set(roles)) == len(functions) == 15


def test_no_right_is_given_by_a_wildcard(resources):
    for role, statement in identity_statements(resources):
        for action in listed(statement["Action"]):
            assert "*" not in action, (role, action)
        if "*" in listed(statement["Resource"]):
            assert statement.get("Sid") in WITHOUT_RESOURCE, (role, statement)


def test_of_awss_policies_only_those_for_logs_and_for_polling_a_queue_are_used(resources):
    for name, role in of_type(resources, "AWS::IAM::Role").items():
        for arn in role.get("ManagedPolicyArns", []):
            assert arn == {"Ref": "UseDataKey"} or str(arn).rsplit("/", 1)[-1].rstrip("'}") in AWS_POLICIES, (name, arn)


def test_nobody_reads_the_table_by_scan_or_by_partiql(resources):
    for role, statement in identity_statements(resources):
        given = set(listed(statement["Action"]))
        assert not given & {"dynamodb:Scan", "dynamodb:PartiQLSelect", "dynamodb:PartiQLDelete"}, role


def test_only_tasks_that_write_shards_write_by_partiql(resources, functions):
    given = {name for name in functions if "dynamodb:PartiQLInsert" in actions(resources, f"{name}Role")}
    assert given == WRITES_IN_BATCHES


def test_batches_write_only_what_they_change(resources):
    given = [s for name, s in identity_statements(resources)
             if name == "BatchesRole" and TABLE_WRITES & set(listed(s["Action"]))]
    assert [s["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"] for s in given] \
        == [["*#ACCOUNT#*", "*#USERNAME#*", "*#TRIES#*", "*#BATCHES", "*#BATCH#*", "*#AUDIT#*"]]


def test_batches_may_start_themselves_and_nobody_else(resources, functions):
    given = [s["Resource"] for name, s in identity_statements(resources)
             if name == "BatchesRole" and "lambda:InvokeFunction" in listed(s["Action"])]
    (arn,) = given
    assert arn["Fn::Sub"].endswith(f":function:{functions['Batches']['FunctionName']['Fn::Sub']}")


def test_the_reader_of_sheets_writes_no_account(resources):
    writes = [s for name, s in identity_statements(resources)
              if name == "ImportSheetRole" and TABLE_WRITES & set(listed(s["Action"]))]
    assert [s["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"] for s in writes] \
        == [["*#LOAD#*", "*#DROP#*", "*#RECEIVED#*", "*#AUDIT#*"]]


def test_only_those_who_need_first_secrets_open_the_credentials_key(resources, functions):
    opening = {name.removesuffix("Role") for name, s in identity_statements(resources)
               if s["Resource"] == {"Fn::GetAtt": ["CredentialsKey", "Arn"]}}
    assert opening == OPENS_CREDENTIALS
    assert {name for name, f in functions.items()
            if "CREDENTIALS_KEY" in f["Environment"]["Variables"]} == OPENS_CREDENTIALS


def test_signing_in_may_open_peppers_only(resources):
    given = [s for name, s in identity_statements(resources)
             if name == "AccountsRole" and "kms:Decrypt" in listed(s["Action"])]
    assert [s["Condition"] for s in given] == [{"StringEqualsIfExists": {"kms:EncryptionContext:purpose": "pepper"}}]


def test_the_data_key_is_used_through_its_services_only(resources):
    for name, statement in identity_statements(resources):
        if statement["Resource"] == {"Fn::GetAtt": ["DataKey", "Arn"]}:
            assert "kms:ViaService" in statement["Condition"]["StringEquals"], name


def test_every_rule_has_retries_and_a_dead_letter_queue(resources):
    rules = of_type(resources, "AWS::Events::Rule")
    assert len(rules) == 4
    for name, rule in rules.items():
        for target in rule["Targets"]:
            assert target["DeadLetterConfig"]["Arn"] == {"Fn::GetAtt": ["DeadLetters", "Arn"]}, name
            assert target["RetryPolicy"]["MaximumRetryAttempts"] > 0, name


def test_every_call_that_nobody_waits_for_has_a_failure_destination(resources):
    configured = {c["FunctionName"]["Ref"]: c["DestinationConfig"]["OnFailure"]["Destination"]
                  for c in of_type(resources, "AWS::Lambda::EventInvokeConfig").values()}
    assert configured.keys() >= CALLED_WITHOUT_WAITING
    assert all(to == {"Fn::GetAtt": ["DeadLetters", "Arn"]} for to in configured.values())


@pytest.mark.parametrize("queue", ["Drops", "Pulls", "Gg4lOrders"])
def test_what_fails_five_times_ends_in_the_dead_letters(resources, queue):
    assert of_type(resources, "AWS::SQS::Queue")[queue]["RedrivePolicy"] == {
        "deadLetterTargetArn": {"Fn::GetAtt": ["DeadLetters", "Arn"]}, "maxReceiveCount": 5}


def test_what_waits_in_a_queue_stays_hidden_six_times_as_long_as_it_may_take(resources, functions):
    mappings = of_type(resources, "AWS::Lambda::EventSourceMapping").values()
    read = {mapping["FunctionName"]["Ref"]: mapping["EventSourceArn"]["Fn::GetAtt"][0] for mapping in mappings}
    assert read == {"ImportSheet": "Drops", "SifPull": "Pulls", "Gg4lPull": "Gg4lOrders"}
    queues = of_type(resources, "AWS::SQS::Queue")
    for mapping in mappings:
        assert mapping["BatchSize"] == 1
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    for function, queue in read.items():
        assert queues[queue]["VisibilityTimeout"] >= 6 * functions[function]["Timeout"]


def test_nothing_on_this_machine_is_a_source_unless_the_deployment_says_so(functions):
    with_loopback = {name for name, f in functions.items() if "LOOPBACK" in f["Environment"]["Variables"]}
    assert with_loopback == {"Accounts", "SifPull", "Gg4lPull"}
    for name in with_loopback:
        assert functions[name]["Environment"]["Variables"]["LOOPBACK"] == {"Ref": "Loopback"}


def test_secrets_of_sources_are_written_by_the_api_and_read_by_who_pulls_only(resources):
    rights = {}
    for role, statement in identity_statements(resources):
        for action in listed(statement["Action"]):
            if action.startswith("secretsmanager:"):
                rights.setdefault(action.partition(":")[2], set()).add(role)
    assert rights.pop("GetSecretValue") == {"SifPullRole", "Gg4lPullRole", "Gg4lHookRole"}
    assert set().union(*rights.values()) == {"AccountsRole", "Gg4lPullRole"}     # a district's come from Discovery


def test_every_function_logs_to_a_group_that_is_encrypted_and_forgets(resources, functions):
    groups = of_type(resources, "AWS::Logs::LogGroup")
    for name, function in functions.items():
        assert function["LoggingConfig"]["LogGroup"]["Ref"] in groups, name
    for name, group in groups.items():
        assert group["RetentionInDays"] == {"Ref": "LogDays"}, name
        assert group["KmsKeyId"] == {"Fn::GetAtt": ["DataKey", "Arn"]}, name


def test_the_workflow_logs_no_data(resources):
    (machine,) = of_type(resources, "AWS::StepFunctions::StateMachine").values()
    assert machine["LoggingConfiguration"]["IncludeExecutionData"] is False
    assert not machine.get("TracingConfiguration", {}).get("Enabled")


def test_powertools_logs_no_event_and_no_response(functions):
    for name, function in functions.items():
        variables = function["Environment"]["Variables"]
        assert variables["POWERTOOLS_LOGGER_LOG_EVENT"] == "false", name
        assert variables["POWERTOOLS_TRACER_CAPTURE_RESPONSE"] == "false", name
        assert variables["POWERTOOLS_TRACER_CAPTURE_ERROR"] == "false", name


def test_everything_at_rest_is_encrypted_with_our_key(resources):
    ours = {"Fn::GetAtt": ["DataKey", "Arn"]}
    for bucket in of_type(resources, "AWS::S3::Bucket").values():
        (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": ours}
    for table in of_type(resources, "AWS::DynamoDB::Table").values():
        assert table["SSESpecification"] == {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": ours}
        assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
    for queue in of_type(resources, "AWS::SQS::Queue").values():
        assert queue["KmsMasterKeyId"] == ours


def test_data_outlives_the_stack(resources):
    for name, resource in resources.items():
        if resource["Type"] in DATA:
            assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain", name


def test_nobody_outside_the_account_is_let_in(resources):
    for statement in resource_statements(resources):
        if statement["Effect"] == "Allow":
            assert statement["Principal"] == {"Service": "events.amazonaws.com"}
            assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    for bucket in of_type(resources, "AWS::S3::Bucket").values():
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}


def test_plain_http_is_refused_by_every_bucket_and_queue(resources):
    refused = sum(s["Effect"] == "Deny" and s["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
                  for s in resource_statements(resources))
    assert refused == len(of_type(resources, "AWS::S3::Bucket")) + len(of_type(resources, "AWS::SQS::Queue"))


def test_callers_of_functions_are_pinned_to_their_source(resources):
    for name, permission in of_type(resources, "AWS::Lambda::Permission").items():
        assert "SourceArn" in permission, name


def test_only_drops_of_our_own_inbox_are_read(resources):
    pattern = of_type(resources, "AWS::Events::Rule")["DropRule"]["EventPattern"]
    assert pattern["account"] == [{"Ref": "AWS::AccountId"}]
    assert pattern["detail"] == {"bucket": {"name": [{"Ref": "Inbox"}]}, "object": {"key": [{"prefix": "inbox/"}]}}


@pytest.mark.parametrize(("bucket", "prefix", "days"), [
    ("Inbox", "inbox/", 30), ("Inbox", "unrouted/", 30), ("Inbox", "outbox/", 30), ("Inbox", "archive/", 365),
    ("Work", "feeds/", 30), ("Work", "plans/", 400), ("Work", "exports/", 1)])
def test_files_go_when_their_time_is_over(resources, bucket, prefix, days):
    rules = of_type(resources, "AWS::S3::Bucket")[bucket]["LifecycleConfiguration"]["Rules"]
    assert [rule["ExpirationInDays"] for rule in rules if rule.get("Prefix") == prefix] == [days]


def test_snapshots_never_go(resources):
    rules = of_type(resources, "AWS::S3::Bucket")["Work"]["LifecycleConfiguration"]["Rules"]
    expiring = [rule.get("Prefix", "") for rule in rules if "ExpirationInDays" in rule]
    assert not any("snapshots/".startswith(prefix) for prefix in expiring)


def test_a_deleted_export_leaves_no_older_version(resources):
    assert "VersioningConfiguration" not in of_type(resources, "AWS::S3::Bucket")["Work"]


def test_the_table_is_the_one_the_store_was_tested_on(resources):
    table, tested = of_type(resources, "AWS::DynamoDB::Table")["Table"], table_definition("any")
    assert table["KeySchema"] == tested["KeySchema"]
    by_name = {a["AttributeName"]: a for a in tested["AttributeDefinitions"]}
    assert {a["AttributeName"]: a for a in table["AttributeDefinitions"]} == by_name
    assert [(i["IndexName"], i["KeySchema"], i["Projection"]) for i in table["GlobalSecondaryIndexes"]] \
        == [(i["IndexName"], i["KeySchema"], i["Projection"]) for i in tested["GlobalSecondaryIndexes"]]
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}


def test_concurrency_is_set_aside_for_reading_pulling_hashing_and_secrets(functions):
    reserved = {name for name, f in functions.items() if "ReservedConcurrentExecutions" in f}
    assert reserved == {"ImportSheet", "SifPull", "Gg4lPull", "Gg4lHook", "Accounts", "SyncCredentials"}


def test_somebody_is_told_of_dead_letters_and_failed_loads(resources):
    alarms = of_type(resources, "AWS::CloudWatch::Alarm")
    watched = {(a["MetricName"], json.dumps(a["Dimensions"])) for a in alarms.values()}
    assert any(m == "ApproximateNumberOfMessagesVisible" and "DeadLetters" in d for m, d in watched)
    assert any(m == "ExecutionsFailed" and "Sync" in d for m, d in watched)
    assert any(m == "Throttles" for m, _ in watched)
