/* Level-like requests of the peripherals to GPDMA1 and LPDMA1. */
#include "soc/soc_state.h"

/* Inputs of the request multiplexer, REQSEL (RM0456 table of GPDMA1 and LPDMA1 requests). */
bool soc_dma_wanted(const struct soc *soc, unsigned dma, unsigned request)
{
    if (dma == 1) {
        switch (request) {
        case 0:
        case 1:
            return soc_uart_dma_request(soc, SOC_LPUART1, request == 1);
        case 2:
        case 3:
            return soc_spi_dma_request(soc, 2, request == 3);
        case 4:
        case 5:
            return soc_i2c_dma_request(soc, 2, request == 5);
        case 7:
            return soc_adc_dma_request(soc, 1);
        default:
            return false;
        }
    }
    if (request <= 1) {
        return soc_adc_dma_request(soc, request);
    }
    if (request >= 6 && request <= 11) {
        return soc_spi_dma_request(soc, (request - 6) / 2, request % 2 == 1);
    }
    if (request >= 12 && request <= 23) {
        return (request - 12) % 3 < 2 &&
               soc_i2c_dma_request(soc, (request - 12) / 3, (request - 12) % 3 == 1);
    }
    if (request >= 24 && request <= 35) {
        return soc_uart_dma_request(soc, (request - 24) / 2, request % 2 == 1);
    }
    if (request == 40 || request == 41) {
        return soc_octospi_dma_request(soc, request - 40);
    }
    if (request == 87 || request == 88) {
        return soc_aes_dma_request(soc, 0, request == 88);
    }
    if (request == 89) {
        return soc_hash_dma_request(soc);
    }
    if (request == 103 || request == 104) {
        return soc_aes_dma_request(soc, 1, request == 104);
    }
    return false;
}
