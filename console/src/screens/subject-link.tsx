import { Link } from '@tanstack/react-router';
import { SkuLink } from './sku-link.tsx';

/** A link to the screen of an order or a SKU, which events name. */
export const SubjectLink = ({ subject }: { subject: string }) =>
  subject.startsWith('ord_') ? (
    <Link to="/orders/$orderId" params={{ orderId: subject }}>
      {subject}
    </Link>
  ) : (
    <SkuLink sku={subject} />
  );
