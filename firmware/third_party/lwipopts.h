/* lwIP as the kernel uses it: no operating system, raw API, IPv4 over PPPoS, one TCP connection
 * and DNS. Every pool is fixed; the sizes let one connection fill a 921,600 baud line (about
 * 90 KB/s) at a round trip of 45 ms.
 */
#ifndef FIRMWARE_LWIPOPTS_H
#define FIRMWARE_LWIPOPTS_H

/* System. */
#define NO_SYS               1
#define SYS_LIGHTWEIGHT_PROT 0 /* all of lwIP runs in the kernel-work thread */
#define LWIP_TIMERS          1
#define LWIP_SOCKET          0
#define LWIP_NETCONN         0
#define LWIP_NETIF_API       0
#define LWIP_STATS           0
#define LWIP_DEBUG           0

/* Memory. The heap holds what TCP has sent and not yet had acknowledged. */
#define MEM_ALIGNMENT           4
#define MEM_SIZE                4608
#define MEMP_NUM_PBUF           8
#define MEMP_NUM_TCP_PCB        3
#define MEMP_NUM_TCP_PCB_LISTEN 1
#define MEMP_NUM_TCP_SEG        12
#define MEMP_NUM_UDP_PCB        2
#define PBUF_POOL_SIZE          22 /* the window needs 18 */
#define PBUF_POOL_BUFSIZE       256
#define PPP_USE_PBUF_RAM        1

/* Internet. */
#define LWIP_IPV4                  1
#define LWIP_IPV6                  0
#define LWIP_ARP                   0
#define LWIP_ETHERNET              0
#define LWIP_RAW                   0
#define LWIP_ICMP                  1
#define LWIP_UDP                   1
#define LWIP_DNS                   1
#define DNS_TABLE_SIZE             2
#define DNS_MAX_NAME_LENGTH        128
#define LWIP_DHCP                  0
#define LWIP_AUTOIP                0
#define LWIP_IGMP                  0
#define IP_FORWARD                 0
#define IP_REASSEMBLY              0
#define IP_FRAG                    0
#define LWIP_NETIF_STATUS_CALLBACK 0

/* TCP. */
#define LWIP_TCP            1
#define LWIP_TCP_KEEPALIVE  1
#define TCP_MSS             1460
#define TCP_WND             (3 * TCP_MSS)
#define TCP_SND_BUF         (2 * TCP_MSS)
#define TCP_OVERSIZE        128 /* frames are small; a whole segment each would eat the heap */
#define TCP_SND_QUEUELEN    8
#define TCP_QUEUE_OOSEQ     1
#define TCP_OOSEQ_MAX_PBUFS 12
#define TCP_MAXRTX          8
#define TCP_SYNMAXRTX       4
#define TCP_LISTEN_BACKLOG  0
#define LWIP_TCP_SACK_OUT   0

/* PPP over serial. */
#define PPP_SUPPORT      1
#define PPPOS_SUPPORT    1
#define PPP_IPV4_SUPPORT 1
#define PPP_IPV6_SUPPORT 0
#define PPP_SERVER       0
#define PAP_SUPPORT      1
#define CHAP_SUPPORT     0
#define MSCHAP_SUPPORT   0
#define EAP_SUPPORT      0
#define CCP_SUPPORT      0
#define ECP_SUPPORT      0
#define VJ_SUPPORT       0
#define PRINTPKT_SUPPORT 0
#define PPP_FCS_TABLE    1
#define LCP_ECHOINTERVAL 30
#define LCP_MAXECHOFAILS 3
#define PPP_MAXIDLEFLAG  0

#endif
