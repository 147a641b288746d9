/** The screens of orders, reservations, holds and carts. They share most of their code, so they are loaded together. */
export { CartScreen } from './cart-screen.tsx';
export { OrderScreen } from './order-screen.tsx';
export { OrdersScreen } from './orders-screen.tsx';
export { ReservationScreen } from './reservation-screen.tsx';
