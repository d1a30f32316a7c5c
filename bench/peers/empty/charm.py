# SPDX-License-Identifier: Apache-2.0
"""A charm that observes nothing."""
import ops

if __name__ == "__main__":
    ops.main(ops.CharmBase)
