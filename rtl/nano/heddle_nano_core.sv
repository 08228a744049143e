// The `nano` accelerator: one serial line in, one out. See docs/boards.md for the machine and
// runtime/drivers/serial/frame.hpp for what is said on the line. Legal: DIVISOR (cycles a bit) from 4 to 255.
//
// One unit at a time uses memory, buffers and registers; those at rest drive zeros, so that ports are joined
// by OR.
module heddle_nano_core #(
    parameter int DIVISOR = 12
) (
    input  logic clk_i,
    input  logic rst_i,
    input  logic rx_i,
    output logic tx_o,
    output logic running_o
);
  logic start, link_write, link_memory, link_register;
  logic [13:0] link_address;
  logic [31:0] link_wdata;

  logic control_memory_valid, control_memory_write;
  logic [13:0] control_memory_address;
  logic [31:0] control_memory_wdata;
  logic control_register_write;
  logic [7:0] control_register_address, window_register;
  logic [31:0] control_register_wdata;
  logic control_check, control_check_beyond, control_check_write;
  logic [31:0] control_check_addr, control_check_bytes;

  logic dma_memory_valid, dma_memory_write, dma_buffer_valid, dma_buffer_write;
  logic [13:0] dma_memory_address, dma_buffer_address;
  logic [31:0] dma_memory_wdata, dma_buffer_wdata;
  logic [3:0] dma_mask;
  logic dma_check, dma_check_beyond;
  logic [31:0] dma_check_addr, dma_check_bytes;

  logic matrix_buffer_valid, matrix_buffer_write;
  logic [13:0] matrix_buffer_address;
  logic [31:0] matrix_buffer_wdata;

  logic [31:0] memory_data, buffer_data, register_data;
  logic checked, allowed, present;
  logic field_valid, dma_start, store, matrix_start, unit_reset, dma_done, matrix_done, matrix_illegal;
  logic [3:0] field_index;
  logic [31:0] field, dma_moved;
  logic [2:0] dma_status;
  logic [27:0] matrix_rows;

  heddle_nano_link #(.DIVISOR(DIVISOR)) i_link (
      .clk_i(clk_i), .rst_i(rst_i), .rx_i(rx_i), .tx_o(tx_o), .start_o(start), .running_i(running_o),
      .memory_o(link_memory), .register_o(link_register), .write_o(link_write), .address_o(link_address),
      .wdata_o(link_wdata), .memory_data_i(memory_data), .register_data_i(register_data));

  heddle_nano_control i_control (
      .clk_i(clk_i), .rst_i(rst_i), .start_i(start), .running_o(running_o),
      .memory_valid_o(control_memory_valid), .memory_write_o(control_memory_write),
      .memory_address_o(control_memory_address), .memory_wdata_o(control_memory_wdata),
      .memory_data_i(memory_data), .register_write_o(control_register_write),
      .register_address_o(control_register_address), .register_wdata_o(control_register_wdata),
      .register_data_i(register_data), .check_o(control_check), .check_addr_o(control_check_addr),
      .check_beyond_o(control_check_beyond), .check_bytes_o(control_check_bytes),
      .check_write_o(control_check_write), .checked_i(checked), .allowed_i(allowed), .present_i(present),
      .field_valid_o(field_valid), .field_index_o(field_index), .field_o(field), .dma_start_o(dma_start),
      .store_o(store), .matrix_start_o(matrix_start), .unit_reset_o(unit_reset), .dma_done_i(dma_done),
      .dma_status_i(dma_status), .dma_moved_i(dma_moved), .matrix_done_i(matrix_done),
      .matrix_illegal_i(matrix_illegal), .matrix_rows_i(matrix_rows));

  heddle_nano_window i_window (
      .clk_i(clk_i), .rst_i(rst_i | unit_reset), .start_i(control_check | dma_check),
      .addr_i(control_check_addr | dma_check_addr), .beyond_i(control_check_beyond | dma_check_beyond),
      .bytes_i(control_check_bytes | dma_check_bytes), .write_i(control_check_write | (dma_unit & store)),
      .done_o(checked), .allowed_o(allowed), .present_o(present), .register_o(window_register),
      .register_data_i(register_data));

  // Whether it is the DMA unit that asks about a window.
  logic dma_unit;
  assign dma_unit = |dma_check_bytes;

  heddle_nano_dma i_dma (
      .clk_i(clk_i), .rst_i(rst_i | unit_reset), .field_valid_i(field_valid), .field_index_i(field_index),
      .field_i(field), .start_i(dma_start), .store_i(store), .done_o(dma_done), .status_o(dma_status),
      .moved_o(dma_moved), .check_o(dma_check), .check_addr_o(dma_check_addr),
      .check_beyond_o(dma_check_beyond), .check_bytes_o(dma_check_bytes), .checked_i(checked),
      .allowed_i(allowed), .present_i(present), .memory_valid_o(dma_memory_valid),
      .memory_write_o(dma_memory_write), .memory_address_o(dma_memory_address),
      .memory_wdata_o(dma_memory_wdata), .memory_data_i(memory_data), .buffer_valid_o(dma_buffer_valid),
      .buffer_write_o(dma_buffer_write), .buffer_address_o(dma_buffer_address),
      .buffer_wdata_o(dma_buffer_wdata), .buffer_data_i(buffer_data), .mask_o(dma_mask));

  heddle_nano_matrix i_matrix (
      .clk_i(clk_i), .rst_i(rst_i | unit_reset), .field_valid_i(field_valid), .field_index_i(field_index),
      .field_i(field), .start_i(matrix_start), .done_o(matrix_done), .illegal_o(matrix_illegal),
      .rows_o(matrix_rows), .buffer_valid_o(matrix_buffer_valid), .buffer_write_o(matrix_buffer_write),
      .buffer_address_o(matrix_buffer_address), .buffer_wdata_o(matrix_buffer_wdata),
      .buffer_data_i(buffer_data));

  heddle_nano_ram i_memory (
      .clk_i(clk_i), .valid_i(link_memory | control_memory_valid | dma_memory_valid),
      .write_i((link_memory & link_write) | control_memory_write | dma_memory_write),
      .mask_i(dma_memory_write ? dma_mask : 4'hF),
      .address_i((link_memory ? link_address : 14'd0) | control_memory_address | dma_memory_address),
      .wdata_i((link_memory ? link_wdata : 32'd0) | control_memory_wdata | dma_memory_wdata),
      .rdata_o(memory_data));

  heddle_nano_ram i_buffers (
      .clk_i(clk_i), .valid_i(dma_buffer_valid | matrix_buffer_valid),
      .write_i(dma_buffer_write | matrix_buffer_write), .mask_i(matrix_buffer_write ? 4'hF : dma_mask),
      .address_i(dma_buffer_address | matrix_buffer_address),
      .wdata_i(dma_buffer_wdata | matrix_buffer_wdata), .rdata_o(buffer_data));

  heddle_nano_registers i_registers (
      .clk_i(clk_i), .write_i((link_register & link_write) | control_register_write),
      .address_i((link_register ? link_address[7:0] : 8'd0) | control_register_address | window_register),
      .wdata_i((link_register ? link_wdata : 32'd0) | control_register_wdata), .rdata_o(register_data));
endmodule
