"""What the linters can't know of `template.yaml`: rights, keys, dead letters, and what is kept how long."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from rostering.store.dynamo import table_definition

# The only statements for any resource, each with its reason.
FOR_ANY_RESOURCE = {
    "DeliverLogs": "actions of log delivery know no resource",
    "DecideHolds": "a task token is the only resource of this action",
    "ReplaceAnOlderHold": "the same",
}
# The only rights on what isn't named after a resource of the stack or after the stack itself.
NOT_OURS_ALONE = {
    **dict.fromkeys(("SendLetters", "SendLinks", "SendDigests"), "the identity that sends is chosen at deployment"),
    "TellDigests": "whoever listens for digests does so on the bus that every account has",
}
WRITES_IN_BATCHES = {"SyncApply", "SyncCredentials", "Batches"}
OPENS_CREDENTIALS = {"SyncCredentials", "SyncExport", "Batches", "Accounts", "Operator"}
WAITED_FOR = {"SyncPlan", "SyncSteps", "SyncApply"}      # called by the state machine alone, which waits
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
    assert len(set(roles)) == len(functions)


def test_no_right_is_given_by_a_wildcard(resources):
    for role, statement in identity_statements(resources):
        for action in listed(statement["Action"]):
            assert "*" not in action, (role, action)
        if "*" in listed(statement["Resource"]):
            assert statement.get("Sid") in FOR_ANY_RESOURCE, (role, statement)


def test_every_right_is_on_something_of_this_stack(resources):
    """A wildcard stands at the end or in the middle of what is the stack's own, never for a name of others."""
    for role, statement in identity_statements(resources):
        if statement.get("Sid") in FOR_ANY_RESOURCE | NOT_OURS_ALONE:
            continue
        for resource in listed(statement["Resource"]):
            text = json.dumps(resource)
            named = set(re.findall(r"\$\{([A-Za-z0-9]+)(?:\.Arn)?\}", text)) | {resource.get("Ref")}
            named |= {resource.get("Fn::GetAtt", [""])[0]}
            if resource.get("Fn::If", [""])[0] == "OwnTokenKey":
                continue            # the stack's key, or the one that the operator names
            assert named & resources.keys() or "${AWS::StackName}" in text, (role, resource)


def test_no_allowance_is_left_that_nobody_uses(resources):
    sids = {statement.get("Sid") for _, statement in identity_statements(resources)}
    assert FOR_ANY_RESOURCE.keys() | NOT_OURS_ALONE.keys() <= sids


def test_who_may_assume_a_role_is_one_service_of_aws(resources):
    for name, role in of_type(resources, "AWS::IAM::Role").items():
        for statement in role["AssumeRolePolicyDocument"]["Statement"]:
            (services,) = statement["Principal"].values()
            assert list(statement["Principal"]) == ["Service"] and len(listed(services)) == 1, name


def test_a_key_is_used_by_the_account_and_by_services_for_this_account_only(resources):
    for name, key in of_type(resources, "AWS::KMS::Key").items():
        for statement in key["KeyPolicy"]["Statement"]:
            if "AWS" in statement["Principal"]:
                assert statement["Principal"]["AWS"]["Fn::Sub"].endswith("iam::${AWS::AccountId}:root"), name
            else:
                assert "AWS::AccountId" in json.dumps(statement["Condition"]), (name, statement["Sid"])
                assert not any("*" in action for action in listed(statement["Action"])), (name, statement["Sid"])


def test_a_key_that_encrypts_is_rotated_by_itself(resources):
    for name, key in of_type(resources, "AWS::KMS::Key").items():
        assert key.get("EnableKeyRotation") is True or key["KeyUsage"] == "SIGN_VERIFY", name


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
        == [["*#ACCOUNT#*", "*#USERNAME#*", "*#TRIES#*", "*#CODE#*", "*#ASKED#*", "*#BATCHES", "*#BATCH#*",
             "*#AUDIT#*"]]


def test_letters_go_out_from_the_address_of_the_deployment_alone(resources):
    given = {name: s for name, s in identity_statements(resources) if "ses:SendEmail" in listed(s["Action"])}
    assert given.keys() == {"AccountsRole", "BatchesRole", "DigestsRole"}
    for statement in given.values():
        assert listed(statement["Action"]) == ["ses:SendEmail"]
        assert statement["Condition"] == {"StringEquals": {"ses:FromAddress": {"Ref": "MailSender"}}}


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
    assert rules
    for name, rule in rules.items():
        for target in rule["Targets"]:
            assert target["DeadLetterConfig"]["Arn"] == {"Fn::GetAtt": ["DeadLetters", "Arn"]}, name
            assert target["RetryPolicy"]["MaximumRetryAttempts"] > 0, name


def test_every_rule_may_write_to_the_dead_letters(resources):
    statements = of_type(resources, "AWS::SQS::QueuePolicy")["DeadLettersPolicy"]["PolicyDocument"]["Statement"]
    allowed = next(s for s in statements if s["Effect"] == "Allow")["Condition"]["ArnEquals"]["aws:SourceArn"]
    assert {arn["Fn::GetAtt"][0] for arn in allowed} == of_type(resources, "AWS::Events::Rule").keys()


def test_schedules_that_the_api_makes_may_write_to_the_dead_letters(resources, functions):
    assert functions["Accounts"]["Environment"]["Variables"]["DEAD_LETTERS_ARN"] == {
        "Fn::GetAtt": ["DeadLetters", "Arn"]}
    roles = {name for name, role in of_type(resources, "AWS::IAM::Role").items()
             if "scheduler.amazonaws.com" in json.dumps(role["AssumeRolePolicyDocument"])}
    assert len(roles) == len(of_type(resources, "AWS::Scheduler::ScheduleGroup"))
    for role in roles:
        (statement,) = [s for name, s in identity_statements(resources) if name == role]
        assert {"Fn::GetAtt": ["DeadLetters", "Arn"]} in statement["Resource"], role


def without_waiting(resources: dict[str, Any]) -> set[str]:
    """Functions that rules and other functions call: whoever may invoke a function does it without waiting."""
    called = {resource["Fn::GetAtt"][0] for name, s in identity_statements(resources)
              if "lambda:InvokeFunction" in listed(s["Action"]) and name != "SyncRole"
              for resource in listed(s["Resource"]) if "Fn::GetAtt" in resource}
    for rule in of_type(resources, "AWS::Events::Rule").values():
        called |= {target["Arn"]["Fn::GetAtt"][0] for target in rule["Targets"]}
    return called & of_type(resources, "AWS::Lambda::Function").keys()


def test_every_call_that_nobody_waits_for_has_a_failure_destination(resources):
    assert {"SyncExport", "SyncCredentials", "Batches", "SweepExports", "VerifyWeekly"} <= without_waiting(resources)
    assert not without_waiting(resources) & WAITED_FOR
    configured = {c["FunctionName"]["Ref"]: c["DestinationConfig"]["OnFailure"]["Destination"]
                  for c in of_type(resources, "AWS::Lambda::EventInvokeConfig").values()}
    assert configured.keys() >= without_waiting(resources)
    assert all(to == {"Fn::GetAtt": ["DeadLetters", "Arn"]} for to in configured.values())


def test_what_fails_five_times_ends_in_the_dead_letters(resources):
    queues = of_type(resources, "AWS::SQS::Queue")
    assert queues.pop("DeadLetters")["MessageRetentionPeriod"] == 14 * 86_400
    for name, queue in queues.items():
        assert queue["RedrivePolicy"] == {
            "deadLetterTargetArn": {"Fn::GetAtt": ["DeadLetters", "Arn"]}, "maxReceiveCount": 5}, name


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


def test_secrets_are_written_by_the_api_which_reads_those_of_sign_in_providers_only(resources):
    rights = {}
    own = [statement for role, statement in identity_statements(resources)
           if role == "AccountsRole" and "secretsmanager:GetSecretValue" in listed(statement["Action"])]
    assert len(own) == 1 and own[0]["Resource"]["Fn::Sub"].endswith(":secret:rollbook/${AWS::StackName}/providers/*")
    for role, statement in identity_statements(resources):
        for action in listed(statement["Action"]):
            if action.startswith("secretsmanager:"):
                rights.setdefault(action.partition(":")[2], set()).add(role)
    assert rights.pop("GetSecretValue") == {"AccountsRole", "SifPullRole", "Gg4lPullRole", "Gg4lHookRole"}
    assert set().union(*rights.values()) == {"AccountsRole", "Gg4lPullRole"}     # a district's come from Discovery


def test_whoever_makes_a_secret_makes_it_under_our_key(resources, functions):
    makers = {name.removesuffix("Role") for name, s in identity_statements(resources)
              if "secretsmanager:CreateSecret" in listed(s["Action"])}
    assert makers == {name for name, f in functions.items() if "SECRETS_KEY" in f["Environment"]["Variables"]}
    for name in makers:
        assert functions[name]["Environment"]["Variables"]["SECRETS_KEY"] == {"Fn::GetAtt": ["DataKey", "Arn"]}


def test_every_function_logs_to_a_group_of_its_own_that_is_encrypted_and_forgets(resources, functions):
    groups = of_type(resources, "AWS::Logs::LogGroup")
    given = [function["LoggingConfig"]["LogGroup"]["Ref"] for function in functions.values()]
    assert len(set(given)) == len(given)
    assert groups.keys() == {*given, "MachineLogs", "ApiLogs"}
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
    for topic in of_type(resources, "AWS::SNS::Topic").values():
        assert topic["KmsMasterKeyId"] in (ours, {"Ref": "DataKey"})


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
    refused = {json.dumps(s["Resource"]) for s in resource_statements(resources)
               if s["Effect"] == "Deny" and s["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
               and s["Principal"] == "*" and s["Action"] in ("s3:*", "sqs:*")}
    buckets = {json.dumps([{"Fn::GetAtt": [name, "Arn"]}, {"Fn::Sub": f"${{{name}.Arn}}/*"}])
               for name in of_type(resources, "AWS::S3::Bucket")}
    queues = {json.dumps({"Fn::GetAtt": [name, "Arn"]}) for name in of_type(resources, "AWS::SQS::Queue")}
    assert refused == buckets | queues


def test_the_stage_lets_as_many_webhooks_through_as_a_flood_is_promised_to_have(resources):
    """200 a second; above the limit the genuine ones would be refused with the forged."""
    stage, route = resources["ApiStage"], of_type(resources, "AWS::ApiGatewayV2::Route")["HookRoute"]["RouteKey"]
    limits = stage["Properties"]["RouteSettings"][route]
    assert limits["ThrottlingRateLimit"] > 200 and limits["ThrottlingBurstLimit"] > 200
    assert "HookRoute" in listed(stage["DependsOn"]), "a stage can't have settings of a route that isn't there yet"


def test_the_stage_lets_a_first_school_morning_through(resources):
    """100,000 students who sign in within 20 minutes, with three requests each."""
    limits = resources["ApiStage"]["Properties"]["DefaultRouteSettings"]
    assert limits["ThrottlingRateLimit"] >= 3 * 100_000 / (20 * 60)


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
