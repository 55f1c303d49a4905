"""The broker properties of a small single node, the same natively and in a container."""

SINGLE_NODE = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "auto.create.topics.enable": "false",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",  # tests that kill consumers need not wait 6 s for each
    # A broker that is silent for so long is told to nobody any more, and clients give up: on a busy machine seconds are
    # soon over. After a kill the controller takes the restarted broker for a second one until this time has passed.
    "broker.session.timeout.ms": "15000",
    "broker.heartbeat.interval.ms": "500",
    "log.cleaner.dedupe.buffer.size": "8388608",  # 128 MB of a 512 MB heap otherwise
    "log.segment.delete.delay.ms": "1000",  # deleted topics give their memory back at once
}
