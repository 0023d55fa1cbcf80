// SPDX-License-Identifier: EUPL-1.2

#include "agent.h"

#include <string.h>

int agent_ask(enum agent_operation operation, unsigned char mode, const unsigned char *body, size_t body_length,
	unsigned char *answer, size_t size, size_t *length, uint32_t *rv)
{
	unsigned char request[7 + AGENT_MAX_REQUEST], head[8];
	if (body_length > AGENT_MAX_REQUEST)
		return 0;
	put32(request, (uint32_t)(3 + body_length));
	request[4] = AGENT_VERSION;
	request[5] = (unsigned char)operation;
	request[6] = mode;
	if (body_length > 0)
		memcpy(request + 7, body, body_length);

	unsigned patience = operation == AGENT_LOGIN || operation == AGENT_SIGN ? AGENT_PERSON_MS : AGENT_SOON_MS;
	struct agent_connection *c = agent_connect(patience);
	if (c == NULL)
		return 0;
	int answered = 0;
	if (agent_send(c, request, 7 + body_length) && agent_receive(c, head, sizeof head)) {
		uint32_t total = get32(head);
		*rv = get32(head + 4);
		if (total >= 4 && total <= AGENT_MAX_ANSWER && total - 4 <= size) {
			*length = total - 4;
			answered = *length == 0 || agent_receive(c, answer, *length);
		}
	}
	agent_close(c);
	return answered;
}
