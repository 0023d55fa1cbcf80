// SPDX-License-Identifier: EUPL-1.2
//
// One lock that needs no constructor, and starts anew in a child after fork, where the thread that held it does not exist.

#ifndef PONTE_LOCK_H
#define PONTE_LOCK_H

#ifdef _WIN32

#include <windows.h>

struct lock {
	SRWLOCK system;
};

#define LOCK_INITIAL {SRWLOCK_INIT}

static inline void lock_initialise(struct lock *l) { (void)l; }
static inline int lock_forked(struct lock *l) { (void)l; return 0; }
static inline void lock_settle(struct lock *l) { (void)l; }
static inline void lock_take(struct lock *l) { AcquireSRWLockExclusive(&l->system); }
static inline void lock_release(struct lock *l) { ReleaseSRWLockExclusive(&l->system); }

#else

#include <pthread.h>
#include <unistd.h>

struct lock {
	pthread_mutex_t system;
	pid_t owner; // process that settled it
};

#define LOCK_INITIAL {PTHREAD_MUTEX_INITIALIZER, 0}

// lock_forked says that the process is a child of the one that settled the lock.
static inline int lock_forked(struct lock *l) { return l->owner != 0 && l->owner != getpid(); }

// lock_initialise makes the lock of a child free again.
static inline void lock_initialise(struct lock *l)
{
	if (lock_forked(l))
		l->system = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
}

static inline void lock_settle(struct lock *l) { l->owner = getpid(); }
static inline void lock_take(struct lock *l) { pthread_mutex_lock(&l->system); }
static inline void lock_release(struct lock *l) { pthread_mutex_unlock(&l->system); }

#endif
#endif
