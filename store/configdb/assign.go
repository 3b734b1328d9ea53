package configdb

const LockAgent = `SELECT agent_id FROM agent_status WHERE agent_id = $1 FOR UPDATE`
