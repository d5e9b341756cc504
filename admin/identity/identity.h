/*
 * Who asks.  A worker shows a session's cookie or a JWT, a phone its device
 * cookie, an operator comes by a socket of its own.
 */
#ifndef YZ_IDENTITY_H
#define YZ_IDENTITY_H

#include "admin/identity/desk.h"

/*
 * Before the queue: what needs no store.  Checks a JWT (algorithm, key,
 * audience, expiry) and reads the device cookie into x->actor; a request by
 * the operators' socket gets YZ_ACTOR_OPERATOR and YZ_ROLE_OPERATOR.  A JWT
 * that is not right answers 401.
 */
yz_status yz_identity_prepare(yz_desk *desk, yz_exchange *x);

/*
 * In the writer: a session's cookie becomes its worker, which goes before the
 * device.  A session that is over reads as none.
 */
yz_status yz_identity_apply(yz_desk *desk, yz_exchange *x);

/*
 * In a rule that takes a worker or a device: makes sure that there is one.  A
 * phone without any gets a new device cookie with the answer.
 */
yz_status yz_identity_device(yz_desk *desk, yz_exchange *x);

#endif
